import RuntimeConfiguration
import Web

/// The deadlines of the checkout's steps, and the orchestrator's concurrency.
struct CheckoutConfiguration: Sendable {
  /// In saga time.
  var deadlines: [SagaDeadline: Duration]
  /// Sagas that this process executes concurrently.
  var concurrency = 64
  /// The pause between two queries for due sagas.
  var sweepInterval: Duration = .milliseconds(250)

  init(
    payment: Duration = .seconds(60), shop: Duration = .seconds(600), capture: Duration = .seconds(120),
    rider: Duration = .seconds(1800), delivery: Duration = .seconds(7200)
  ) {
    deadlines = [.payment: payment, .shop: shop, .capture: capture, .rider: rider, .delivery: delivery]
  }
}

extension CheckoutConfiguration {
  static let settings = [
    Setting("saga.payment.deadline", default: "1m", "how long a payment may be unconfirmed before the order expires"),
    Setting("saga.shop.deadline", default: "10m", "how long a shop may take to accept or reject an order"),
    Setting("saga.capture.deadline", default: "2m", "how long a capture may take before the rider is released"),
    Setting("saga.rider.deadline", default: "30m", "how long the search for a rider may take"),
    Setting("saga.delivery.deadline", default: "2h", "how long a rider may take to deliver"),
    Setting("saga.concurrency", default: "64", "sagas executed concurrently; 0 leaves them to other instances"),
  ]

  /// - Throws: `SettingsError` that names the key.
  init(_ settings: Settings) throws(SettingsError) {
    self.init()
    for deadline in SagaDeadline.allCases {
      deadlines[deadline] = try settings.duration("saga.\(deadline.rawValue).deadline")
    }
    concurrency = try settings.integer("saga.concurrency", in: 0...1000)
  }

  /// The deadlines as runtime configuration.
  static func deadlines(_ runtime: RuntimeConfiguration) throws(SettingsError) -> [SagaDeadline: RuntimeValue<Duration>] {
    var deadlines: [SagaDeadline: RuntimeValue<Duration>] = [:]
    for deadline in SagaDeadline.allCases {
      deadlines[deadline] = try runtime.duration(
        "saga.\(deadline.rawValue).deadline", in: .milliseconds(100)...(.seconds(604_800)))
    }
    return deadlines
  }
}
