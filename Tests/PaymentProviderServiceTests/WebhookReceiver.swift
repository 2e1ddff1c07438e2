import Contracts
import Crypto
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Synchronization
import TestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A receiver of webhooks, as the payment service is one, that can be unavailable.
final class WebhookReceiver: Sendable {
  struct Received: Sendable {
    let signature: String
    let body: [UInt8]

    var event: Event? { try? JSONDecoder().decode(Event.self, from: Data(body)) }

    /// Whether the signature matches the body and the shared secret.
    var isAuthentic: Bool {
      let parts = signature.split(separator: ",")
      guard parts.count == 2, parts[0].hasPrefix("t="), parts[1].hasPrefix("v1=") else { return false }
      let code = HMAC<SHA256>.authenticationCode(
        for: Data("\(parts[0].dropFirst(2)).".utf8) + Data(body),
        using: SymmetricKey(data: Data(ProviderUnderTest.webhookSecret.utf8)))
      return parts[1].dropFirst(3) == code.map { String(UInt8($0) >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The time of sending, in seconds since 1970.
    var time: Int64? { Int64(signature.drop { $0 != "=" }.dropFirst().prefix { $0 != "," }) }
  }

  struct Event: Decodable, Hashable, Sendable {
    let id: Identifier
    let type: String
    let authorizationId: Identifier
    let reference: String
    let occurredAt: Timestamp
  }

  let port: Int
  private let state = Mutex<(received: [Received], rejections: Int)>(([], 0))

  init() throws {
    port = try FreePort.next()
  }

  var received: [Received] { state.withLock { $0.received } }

  /// Responds to the next webhooks with 500.
  func reject(_ count: Int) {
    state.withLock { $0.rejections = count }
  }

  private func record(_ received: Received) -> HTTPResponse.Status {
    state.withLock { state in
      state.received.append(received)
      guard state.rejections > 0 else { return .noContent }
      state.rejections -= 1
      return .internalServerError
    }
  }

  /// Listens while `body` runs.
  func listening(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let router = Router()
    router.post("provider/webhooks") { request, _ in
      let body = try await request.body.collect(upTo: 1 << 20)
      let signature = request.headers[HTTPField.Name("Provider-Signature")!] ?? ""
      return self.record(Received(signature: signature, body: Array(body.readableBytesView)))
    }
    let (isListening, listening) = AsyncStream.makeStream(of: Void.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { _ in listening.yield() }, logger: quietLogger)
    let group = ServiceGroup(services: [application], logger: quietLogger)
    async let ended: Void = group.run()
    for await _ in isListening { break }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    await group.triggerGracefulShutdown()
    try await ended
    try result.get()
  }
}
