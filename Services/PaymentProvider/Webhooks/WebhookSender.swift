import Concurrency
import Contracts
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import ServiceClient
import ServiceLifecycle
import Telemetry

/// Delivers webhooks about changes of authorizations: at least once each, until the receiver responds with 2xx.
///
/// Undelivered webhooks are stored in the database. A round claims a batch of due ones, sends them concurrently, and stores the results;
/// after a crash, they are due again when the lease ends.
final class WebhookSender: Service {
  struct Configuration: Sendable {
    /// The maximum number of webhooks per round.
    var batchSize = 64
    /// The maximum number of concurrent calls.
    var concurrency = 16
    /// Longer than a round in which every call takes the receiver's whole deadline.
    var lease: Duration = .seconds(15)
    /// The interval of claims without a wake-up.
    var sweepInterval: Duration = .milliseconds(250)
    /// The delay after the first failed attempt; it doubles with each further one.
    var initialDelay: Duration = .milliseconds(250)
    var maximumDelay: Duration = .seconds(5)
  }

  /// The receiver's name, as `ServiceClient` knows it.
  static let receiver = "webhook-receiver"

  private let outbox: WebhookOutbox
  private let receiver: ServiceClient
  private let signer: WebhookSigner
  private let control: FaultControl
  private let configuration: Configuration
  private let logger: Logger
  private let stored = Signal()
  private let delivered = Counter(label: "webhooks_sent_total", dimensions: [("outcome", "delivered")])
  private let failed = Counter(label: "webhooks_sent_total", dimensions: [("outcome", "failed")])

  init(
    outbox: WebhookOutbox, receiver: ServiceClient, signer: WebhookSigner, control: FaultControl,
    configuration: Configuration = Configuration(), logger: Logger
  ) {
    self.outbox = outbox
    self.receiver = receiver
    self.signer = signer
    self.control = control
    self.configuration = configuration
    self.logger = logger
  }

  /// Signals that a webhook was stored. Never blocks; calls before the next round are coalesced.
  func wake() {
    stored.set()
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var isFailing = false
      while !Task.isCancelled {
        await self.sendDue(&isFailing)
        await self.stored.wait(atMost: self.configuration.sweepInterval)
      }
    }
  }

  private func sendDue(_ isFailing: inout Bool) async {
    do {
      while control.profile.webhooks {
        let round = try await sendBatch()
        if round.claimed > 0, (round.failed > 0) != isFailing {
          isFailing.toggle()
          logger.notice(isFailing ? "Delivering webhooks fails; they are retried." : "Webhooks are delivered again.")
        }
        if round.claimed < configuration.batchSize { return }
      }
    } catch {
      logger.debug("Claiming or settling webhooks failed; it is retried.", metadata: ["error": "\(error)"])
    }
  }

  /// The number of claimed webhooks, and of those whose delivery failed.
  private typealias Round = (claimed: Int, failed: Int)

  private func sendBatch() async throws -> Round {
    let batch = try await outbox.claim(limit: configuration.batchSize, lease: configuration.lease)
    guard !batch.isEmpty else { return (0, 0) }
    let results = await deliver(batch)
    try Task.checkCancellation()
    let (succeeded, unsuccessful) = (results.filter(\.isDelivered), results.filter { !$0.isDelivered })
    delivered.increment(by: succeeded.count)
    failed.increment(by: unsuccessful.count)
    try await outbox.settle(
      delivered: succeeded.map(\.webhook.id),
      postponed: unsuccessful.map { (id: $0.webhook.id, delay: delay(after: $0.webhook.attempt)) })
    return (batch.count, unsuccessful.count)
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

  /// - Returns: whether the receiver responded with 2xx.
  private func deliver(_ webhook: Webhook) async -> Bool {
    let headers: HTTPHeaders = [
      "Content-Type": "application/json", "Provider-Signature": signer.header(of: webhook.body, at: .now()),
    ]
    let request = ServiceRequest(.POST, "", headers: headers, body: ByteBuffer(bytes: webhook.body), isIdempotent: false)
    do {
      let response = try await receiver.send(request)
      if response.isSuccess { return true }
      logger.debug("The receiver rejected a webhook.", metadata: ["webhook": "\(webhook.id)", "status": "\(response.status)"])
    } catch {
      logger.debug("Delivering a webhook failed.", metadata: ["webhook": "\(webhook.id)", "error": "\(error)"])
    }
    return false
  }

  /// Exponential backoff with jitter: webhooks that failed together are not retried together.
  private func delay(after attempt: Int) -> Duration {
    min(configuration.initialDelay * (1 << min(attempt - 1, 16)), configuration.maximumDelay) * Double.random(in: 0.5...1)
  }
}
