import Contracts
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import ServiceClient
import ServiceLifecycle
import Telemetry

/// Tells the receiver what has happened to authorizations: at least once each, until it answers 2xx.
///
/// Webhooks wait in the database. A round claims a batch of those that are due, sends them side by side, and settles the batch;
/// what a crash leaves unsettled is due again when its lease ends.
final class WebhookSender: Service {
  struct Configuration: Sendable {
    /// How many webhooks a round takes, and how many of them are under way at once.
    var batchSize = 64
    var concurrency = 16
    /// More than a round can take, each call taking the receiver's whole deadline.
    var lease: Duration = .seconds(15)
    /// How often it is looked for due webhooks without a wake-up.
    var sweepInterval: Duration = .milliseconds(250)
    /// The pause after the first attempt that failed; it doubles with each one more.
    var firstPause: Duration = .milliseconds(250)
    var longestPause: Duration = .seconds(5)
  }

  /// The receiver's name, as `ServiceClient` knows it.
  static let receiver = "webhook-receiver"

  private let outbox: WebhookOutbox
  private let receiver: ServiceClient
  private let signature: WebhookSigner
  private let control: FaultControl
  private let configuration: Configuration
  private let logger: Logger
  private let wakeUps: AsyncStream<Void>
  private let wakeUp: AsyncStream<Void>.Continuation
  private let delivered = Counter(label: "webhooks_sent_total", dimensions: [("outcome", "delivered")])
  private let failed = Counter(label: "webhooks_sent_total", dimensions: [("outcome", "failed")])

  init(
    outbox: WebhookOutbox, receiver: ServiceClient, signature: WebhookSigner, control: FaultControl,
    configuration: Configuration = Configuration(), logger: Logger
  ) {
    self.outbox = outbox
    self.receiver = receiver
    self.signature = signature
    self.control = control
    self.configuration = configuration
    self.logger = logger
    (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that a webhook was stored. Never waits; any number of calls before the next round are one.
  func wake() {
    wakeUp.yield()
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.sweep() }
        group.addTask { await self.send() }
      }
    }
  }

  private func sweep() async {
    while !Task.isCancelled {
      wake()
      try? await Task.sleep(for: configuration.sweepInterval)
    }
  }

  private func send() async {
    var isRefused = false
    for await _ in wakeUps where control.behaviour.webhooks {
      do {
        var round: Round
        repeat {
          round = try await sendBatch()
          if round.taken > 0, (round.failed > 0) != isRefused {
            isRefused.toggle()
            logger.notice(isRefused ? "Webhooks are not taken; they wait." : "Webhooks are taken again.")
          }
        } while control.behaviour.webhooks && round.taken == configuration.batchSize
      } catch is CancellationError {
        return
      } catch {
        logger.debug("Webhooks can't be taken or settled now; they wait.", metadata: ["error": "\(error)"])
      }
    }
  }

  /// How many webhooks were due, at most a batch, and how many of them have to wait.
  private typealias Round = (taken: Int, failed: Int)

  private func sendBatch() async throws -> Round {
    let batch = try await outbox.claim(limit: configuration.batchSize, lease: configuration.lease)
    guard !batch.isEmpty else { return (0, 0) }
    let results = await deliver(batch)
    try Task.checkCancellation()
    let (taken, refused) = (results.filter(\.isDelivered), results.filter { !$0.isDelivered })
    delivered.increment(by: taken.count)
    failed.increment(by: refused.count)
    try await outbox.settle(
      delivered: taken.map(\.webhook.id),
      postponed: refused.map { (id: $0.webhook.id, pause: pause(after: $0.webhook.attempt)) })
    return (batch.count, refused.count)
  }

  private typealias Result = (webhook: Webhook, isDelivered: Bool)

  private func deliver(_ batch: [Webhook]) async -> [Result] {
    await withTaskGroup(of: Result.self) { group in
      var results: [Result] = []
      for (index, webhook) in batch.enumerated() {
        if index >= configuration.concurrency, let result = await group.next() { results.append(result) }
        group.addTask { (webhook, await self.deliver(webhook)) }
      }
      for await result in group { results.append(result) }
      return results
    }
  }

  /// - Returns: whether the receiver has taken it.
  private func deliver(_ webhook: Webhook) async -> Bool {
    let headers: HTTPHeaders = [
      "Content-Type": "application/json", "Provider-Signature": signature.header(of: webhook.body, at: .now()),
    ]
    let request = ServiceRequest(.POST, "", headers: headers, body: ByteBuffer(bytes: webhook.body), isIdempotent: false)
    do {
      let answer = try await receiver.send(request)
      if answer.isSuccess { return true }
      logger.debug("A webhook was refused.", metadata: ["webhook": "\(webhook.id)", "status": "\(answer.status)"])
    } catch {
      logger.debug("A webhook can't be delivered now.", metadata: ["webhook": "\(webhook.id)", "error": "\(error)"])
    }
    return false
  }

  /// Twice as long with each attempt, and between half and the whole of it, so that those that failed together don't come back
  /// together.
  private func pause(after attempt: Int) -> Duration {
    min(configuration.firstPause * (1 << min(attempt - 1, 16)), configuration.longestPause) * Double.random(in: 0.5...1)
  }
}
