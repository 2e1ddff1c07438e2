import JSON
import Contracts
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Web

/// A card network that does what the test says to each call in turn, and counts what it has really done.
final class FakeCardNetwork: Sendable {
  /// What happens to one call.
  enum Fate: Sendable {
    /// 503 with nothing done.
    case errorBefore
    /// Done, and then 503.
    case errorAfter
    /// Done, and then no answer for longer than anybody waits.
    case silence
    /// Neither done nor answered until the gate is opened.
    case late(Gate)
    /// Done, and not answered until the gate is opened.
    case held(Gate)
    case refusal(Int, String)
  }

  private struct State {
    var authorizations: [String: Entry] = [:]
    var answers: [String: String] = [:]
    var reversed: Set<String> = []
    var fates: [String: [Fate]] = [:]
    var movements: [String: [String]] = [:]
    var keys: [String: [String]] = [:]
    var principals: Set<String> = []
  }

  private struct Entry {
    let id: String
    let reference: String
    let amount: Int64
    var status: String
    var declineCode: String?
    var captured: Int64 = 0
    var refunded: Int64 = 0

    var json: String {
      """
      {"id":"\(id)","reference":"\(reference)","amount":\(money(amount)),"status":"\(status)",\
      "declineCode":\(declineCode.map { "\"\($0)\"" } ?? "null"),"captured":\(money(captured)),"refunded":\(money(refunded)),\
      "createdAt":"2026-01-02T03:04:05.678Z"}
      """
    }

    private func money(_ amount: Int64) -> String { #"{"amount":\#(amount),"currency":"KRW"}"# }
  }

  static let key = "network-key"
  private let state = Mutex(State())

  /// From now on the calls about a payment have these fates, one after the other; then all is well.
  func plan(_ fates: Fate..., for payment: Identifier) {
    state.withLock { $0.fates[payment.description, default: []] += fates }
  }

  /// What was really done for a payment, in order: `authorize 23000`, `capture 23000`…
  func movements(of payment: Identifier) -> [String] {
    state.withLock { $0.movements[payment.description] ?? [] }
  }

  /// The keys that were sent for a payment, repetitions included.
  func keys(of payment: Identifier) -> [String] {
    state.withLock { $0.keys[payment.description] ?? [] }
  }

  /// What is held or taken from the card for a payment, in won.
  func charged(_ payment: Identifier) -> Int64 {
    state.withLock { state in
      guard let entry = state.authorizations[payment.description], entry.status == "approved" else { return 0 }
      return entry.amount - entry.refunded
    }
  }

  /// The network voids an authorization by itself.
  func withdraw(_ payment: Identifier) {
    state.withLock { $0.authorizations[payment.description]?.status = "voided" }
  }

  private func serve(
    _ request: Request, reference: String, _ effect: @Sendable (inout State) throws -> String
  ) async throws -> Response {
    guard request.headers[.authorization] == "Bearer \(Self.key)" else { throw Problem.unauthorized("no key") }
    guard let key = request.headers[.init("Idempotency-Key")!] else { throw Problem.badRequest("idempotency_key_required", "") }
    let fate = state.withLock { state -> Fate? in
      state.keys[reference, default: []].append(key)
      return state.fates[reference]?.isEmpty == false ? state.fates[reference]?.removeFirst() : nil
    }
    switch fate {
    case .errorBefore: throw Problem.unavailable("down")
    case .refusal(let status, let code): throw Problem(.init(code: status), code: code)
    case .late(let gate): await gate.passed()
    case .errorAfter, .silence, .held, nil: break
    }
    let answer = try state.withLock { state in
      if let answer = state.answers[key] { return answer }
      let answer = try effect(&state)
      state.answers[key] = answer
      return answer
    }
    switch fate {
    case .errorAfter: throw Problem.unavailable("down")
    case .silence:
      // Longer than anybody waits.
      try? await Task.sleep(for: .seconds(5))
      throw Problem.unavailable("nobody listens")
    case .held(let gate):
      await gate.passed()
      return .json(bytes: ByteBuffer(string: answer))
    default: return .json(bytes: ByteBuffer(string: answer))
    }
  }

  private struct Authorize: Decodable {
    let reference: String
    let amount: Money
    let token: String
  }

  private struct Amount: Decodable { let amount: Money }
  private struct Reverse: Decodable { let reference: String }

  private func authorize(_ request: Request, _ context: some RequestContext) async throws -> Response {
    let body = try StrictJSON.decode(Authorize.self, from: await request.body.collect(upTo: 4096))
    return try await serve(request, reference: body.reference) { state in
      guard state.authorizations[body.reference] == nil else { throw Problem.conflict("reference_exists", "") }
      guard body.token != "tok_unreadable" else { throw Problem.invalidBody([]) }
      let declined = body.token == "tok_declined"
      let isReversed = state.reversed.contains(body.reference)
      let entry = Entry(
        id: "auth-\(body.reference)", reference: body.reference, amount: body.amount.amount,
        status: isReversed ? "reversed" : declined ? "declined" : "approved", declineCode: declined ? "declined" : nil)
      state.authorizations[body.reference] = entry
      if entry.status == "approved" { state.movements[body.reference, default: []].append("authorize \(entry.amount)") }
      return entry.json
    }
  }

  private func change(
    _ request: Request, _ context: some RequestContext, _ name: String,
    _ effect: @escaping @Sendable (inout Entry) throws -> String
  ) async throws -> Response {
    let reference = context.parameters.get("id").map { String($0.dropFirst(5)) } ?? ""
    return try await serve(request, reference: reference) { state in
      guard var entry = state.authorizations[reference] else { throw Problem.notFound() }
      guard entry.status == "approved" || name == "void" else { throw Problem.conflict("illegal_transition", "") }
      let movement = try effect(&entry)
      state.authorizations[reference] = entry
      state.movements[reference, default: []].append(movement)
      return entry.json
    }
  }

  private func reverse(_ request: Request, _ context: some RequestContext) async throws -> Response {
    let reference = try StrictJSON.decode(Reverse.self, from: await request.body.collect(upTo: 4096)).reference
    return try await serve(request, reference: reference) { state in
      state.reversed.insert(reference)
      if state.authorizations[reference]?.status == "approved" { state.authorizations[reference]?.status = "reversed" }
      state.movements[reference, default: []].append("reverse")
      return "{}"
    }
  }

  private var router: Router<BasicRequestContext> {
    let router = Router()
    router.post("authorizations") { try await self.authorize($0, $1) }
    router.get("authorizations") { request, _ in
      let reference = try request.query()["reference"] ?? ""
      let entry = self.state.withLock { $0.authorizations[reference] }
      return Response.json(bytes: ByteBuffer(string: #"{"items":[\#(entry?.json ?? "")]}"#))
    }
    router.post("authorizations/:id/captures") { request, context in
      let amount = try StrictJSON.decode(Amount.self, from: await request.body.collect(upTo: 4096)).amount.amount
      return try await self.change(request, context, "capture") { entry in
        guard entry.captured == 0 else { throw Problem.conflict("illegal_transition", "") }
        entry.captured = amount
        return "capture \(amount)"
      }
    }
    router.post("authorizations/:id/refunds") { request, context in
      let amount = try StrictJSON.decode(Amount.self, from: await request.body.collect(upTo: 4096)).amount.amount
      return try await self.change(request, context, "refund") { entry in
        guard entry.refunded + amount <= entry.captured else { throw Problem.conflict("illegal_transition", "") }
        entry.refunded += amount
        return "refund \(amount)"
      }
    }
    router.post("authorizations/:id/void") { request, context in
      try await self.change(request, context, "void") { entry in
        entry.status = "voided"
        return "void"
      }
    }
    router.post("reversals") { try await self.reverse($0, $1) }
    return router
  }

  /// Serves for as long as the test process lives; returns the address.
  func start() async throws -> String {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "network")
    logger.logLevel = .critical
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
    Task { try await application.run() }
    var iterator = ports.makeAsyncIterator()
    return "http://127.0.0.1:\(await iterator.next() ?? 0)"
  }
}

/// Holds tasks up until it is opened.
final class Gate: Sendable {
  private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

  func open() { continuation.finish() }

  func passed() async { for await _ in stream {} }
}
