import JSON
import Contracts
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Web

/// A fake card network that injects the faults that a test specifies, and records the executed operations.
final class FakeCardNetwork: Sendable {
  /// The fault of one call.
  enum Fault: Sendable {
    /// 503 before the effect.
    case errorBefore
    /// 503 after the effect.
    case errorAfter
    /// No response after the effect, for longer than any client waits.
    case noResponse
    /// Waits for the gate before the effect.
    case delayedBefore(Gate)
    /// Waits for the gate between the effect and the response.
    case delayedAfter(Gate)
    /// A problem with this status and code.
    case rejection(Int, String)
  }

  private struct State {
    var authorizations: [String: Entry] = [:]
    var responses: [String: String] = [:]
    var reversed: Set<String> = []
    var faults: [String: [Fault]] = [:]
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

  /// The next calls for a payment have these faults, in order; later calls have none.
  func inject(_ faults: Fault..., for payment: Identifier) {
    state.withLock { $0.faults[payment.description, default: []] += faults }
  }

  /// The executed operations of a payment, in order: `authorize 23000`, `capture 23000`…
  func movements(of payment: Identifier) -> [String] {
    state.withLock { $0.movements[payment.description] ?? [] }
  }

  /// The idempotency keys of all requests for a payment, including retries.
  func keys(of payment: Identifier) -> [String] {
    state.withLock { $0.keys[payment.description] ?? [] }
  }

  /// The amount held or captured for a payment minus refunds, in won.
  func charged(_ payment: Identifier) -> Int64 {
    state.withLock { state in
      guard let entry = state.authorizations[payment.description], entry.status == "approved" else { return 0 }
      return entry.amount - entry.refunded
    }
  }

  /// Voids an authorization without a request.
  func withdraw(_ payment: Identifier) {
    state.withLock { $0.authorizations[payment.description]?.status = "voided" }
  }

  private func serve(
    _ request: Request, reference: String, _ effect: @Sendable (inout State) throws -> String
  ) async throws -> Response {
    guard request.headers[.authorization] == "Bearer \(Self.key)" else {
      throw Problem.unauthorized("the key is missing or wrong")
    }
    guard let key = request.headers[.init("Idempotency-Key")!] else { throw Problem.badRequest("idempotency_key_required", "") }
    let fault = state.withLock { state -> Fault? in
      state.keys[reference, default: []].append(key)
      return state.faults[reference]?.isEmpty == false ? state.faults[reference]?.removeFirst() : nil
    }
    switch fault {
    case .errorBefore: throw Problem.unavailable("down")
    case .rejection(let status, let code): throw Problem(.init(code: status), code: code)
    case .delayedBefore(let gate): await gate.wait()
    case .errorAfter, .noResponse, .delayedAfter, nil: break
    }
    let response = try state.withLock { state in
      if let response = state.responses[key] { return response }
      let response = try effect(&state)
      state.responses[key] = response
      return response
    }
    switch fault {
    case .errorAfter: throw Problem.unavailable("down")
    case .noResponse:
      // Longer than any client waits.
      try? await Task.sleep(for: .seconds(5))
      throw Problem.unavailable("timed out")
    case .delayedAfter(let gate):
      await gate.wait()
      return .json(bytes: ByteBuffer(string: response))
    default: return .json(bytes: ByteBuffer(string: response))
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

  /// Serves until the test process ends; returns the address.
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

/// Suspends tasks until it is opened.
final class Gate: Sendable {
  private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

  func open() { continuation.finish() }

  func wait() async { for await _ in stream {} }
}
