import Contracts
import Testing

@testable import OrderService

/// The whole table: every step with every input. What is not listed must be `.stay`.
@Suite("The checkout's table of steps")
struct SagaTableTests {
  static let inputs: [SagaInput] =
    [.taken, .deadlinePassed, .noPayment, .noDelivery, .refused("busy"), .rejected("bad"), .failed("away")]
    + OrderStatus.allCases.map { .order($0) }
    + PaymentStatus.allCases.flatMap { status in
      ([nil] + PaymentOperation.allCases.map { $0 }).map { .payment(PaymentSnapshot(status: status, pending: $0)) }
    }
    + DeliveryStatus.allCases.map { .delivery($0) }

  /// A saga as it usually is at a step.
  static func saga(_ step: SagaStep) -> CheckoutSaga {
    switch step {
    case .authorize: CheckoutSaga(step: step, order: .placed)
    case .awaitShop: CheckoutSaga(step: step, order: .paid, payment: .authorized)
    case .capture: CheckoutSaga(step: step, order: .accepted, payment: .authorized)
    case .awaitRider, .awaitDelivery, .releaseRider: CheckoutSaga(step: step, order: .accepted, payment: .captured)
    case .abandonDelivery: CheckoutSaga(step: step, order: .pickedUp, payment: .captured, reason: "late")
    case .void: CheckoutSaga(step: step, order: .expired, payment: .authorized)
    case .refund: CheckoutSaga(step: step, order: .expired, payment: .captured)
    case .done: CheckoutSaga(step: step, order: .delivered, payment: .captured)
    }
  }

  static func seen(_ status: PaymentStatus, _ pending: PaymentOperation? = nil) -> SagaInput {
    .payment(PaymentSnapshot(status: status, pending: pending))
  }

  private static func decisions(_ saga: CheckoutSaga, _ listed: [SagaInput: SagaDecision]) {
    for input in inputs {
      var subject = saga
      let decision = subject.receive(input)
      #expect(decision == listed[input] ?? .stay, "\(saga.step) with \(input)")
    }
    #expect(listed.keys.allSatisfy(inputs.contains), "an expectation is for no input")
  }

  private static func each(_ statuses: [PaymentStatus], _ decision: (PaymentStatus) -> SagaDecision) -> [SagaInput: SagaDecision]
  {
    var listed: [SagaInput: SagaDecision] = [:]
    for status in statuses {
      for pending in [nil] + PaymentOperation.allCases.map({ $0 }) as [PaymentOperation?] {
        listed[seen(status, pending)] = decision(status)
      }
    }
    return listed
  }

  private static func ends(_ statuses: [OrderStatus], _ decision: (OrderStatus) -> SagaDecision) -> [SagaInput: SagaDecision] {
    Dictionary(uniqueKeysWithValues: statuses.map { (.order($0), decision($0)) })
  }

  private static let finals: [OrderStatus] = [.delivered, .paymentFailed, .rejected, .cancelled, .expired]
  private static let givenUp: [OrderStatus] = [.paymentFailed, .rejected, .cancelled, .expired]

  @Test("authorize: authorized is paid, declined ends it, silence is asked about, the deadline voids")
  func authorize() {
    let late = "the payment was not confirmed in time"
    Self.decisions(
      Self.saga(.authorize),
      [
        .taken: .send(.authorize), .noPayment: .send(.authorize), .refused("busy"): .send(.queryPayment),
        .rejected("bad"): .go(.void, order: .failPayment(reason: "bad"), outcome: "rejected"),
        .deadlinePassed: .go(.void, order: .expire(reason: late), outcome: "deadline passed"),
      ]
      .merging(Self.each([.authorized, .captured]) { _ in .go(.awaitShop, order: .confirmPayment, outcome: "authorized") }) { $1 }
      .merging(
        Self.each([.declined, .voided, .refunded]) {
          .go(.done, order: .failPayment(reason: $0.rawValue), outcome: $0.rawValue)
        }
      ) { $1 }
      .merging(Self.ends(Self.finals) { .go(.void, outcome: $0.rawValue) }) { $1 })
  }

  @Test("awaitShop: accepted is captured; rejected, cancelled and silence are voided")
  func awaitShop() {
    let late = "the shop did not answer in time"
    Self.decisions(
      Self.saga(.awaitShop),
      [
        .order(.accepted): .go(.capture, outcome: "accepted"),
        .deadlinePassed: .go(.void, order: .expire(reason: late), outcome: "deadline passed"),
      ].merging(Self.ends(Self.finals) { .go(.void, outcome: $0.rawValue) }) { $1 })
  }

  @Test("capture: captured goes on, a payment that can't be captured calls the delivery off, the deadline releases the rider")
  func capture() {
    Self.decisions(
      Self.saga(.capture),
      [
        .taken: .send(.capture), .refused("busy"): .send(.queryPayment), Self.seen(.authorized): .send(.capture),
        .noPayment: .go(.abandonDelivery, outcome: "no payment"), .rejected("bad"): .go(.abandonDelivery, outcome: "rejected"),
        .deadlinePassed: .go(.releaseRider, outcome: "deadline passed"),
      ]
      .merging(Self.each([.captured]) { _ in .go(.awaitRider, outcome: "captured") }) { $1 }
      .merging(Self.each([.declined, .voided, .refunded]) { .go(.abandonDelivery, outcome: $0.rawValue) }) { $1 }
      .merging(Self.ends(Self.givenUp) { .go(.releaseRider, outcome: $0.rawValue) }) { $1 })
  }

  @Test("awaitRider: an assigned rider is what it waits for; a faster one is caught up with")
  func awaitRider() {
    Self.decisions(
      Self.saga(.awaitRider),
      [
        .taken: .send(.askDelivery), .refused("busy"): .send(.askDelivery),
        .delivery(.assigned): .go(.awaitDelivery, outcome: "assigned"),
        .delivery(.pickedUp): .go(.awaitDelivery, order: .pickUp, outcome: "picked up"),
        .delivery(.delivered): .go(.awaitDelivery, order: .pickUp, outcome: "picked up"),
        .delivery(.cancelled): .go(
          .refund, order: .expire(reason: "the delivery was cancelled"), outcome: "delivery cancelled"),
        .deadlinePassed: .go(.releaseRider, outcome: "deadline passed"),
      ].merging(Self.ends(Self.givenUp) { .go(.releaseRider, outcome: $0.rawValue) }) { $1 })
  }

  @Test("awaitDelivery: picked up and delivered move the order; the deadline gives the delivery up as lost")
  func awaitDelivery() {
    let cancelled = SagaDecision.go(
      .refund, order: .expire(reason: "the delivery was cancelled"), outcome: "delivery cancelled")
    let others: [SagaInput: SagaDecision] = [
      .taken: .send(.askDelivery), .refused("busy"): .send(.askDelivery), .delivery(.cancelled): cancelled,
      .deadlinePassed: .go(.abandonDelivery, outcome: "deadline passed"),
    ].merging(Self.ends(Self.givenUp) { .go(.releaseRider, outcome: $0.rawValue) }) { $1 }
    let pickUp = SagaDecision.go(.awaitDelivery, order: .pickUp, outcome: "picked up")
    Self.decisions(
      Self.saga(.awaitDelivery), others.merging([.delivery(.pickedUp): pickUp, .delivery(.delivered): pickUp]) { $1 })
    var underWay = Self.saga(.awaitDelivery)
    underWay.order = .pickedUp
    Self.decisions(
      underWay, others.merging([.delivery(.delivered): .go(.done, order: .deliver, outcome: "delivered")]) { $1 })
  }

  @Test("releaseRider: cancelled ends the order; a rider who was faster is let go on")
  func releaseRider() {
    let cancel = SagaDecision.send(.cancelDelivery(isLost: false))
    let asked: [SagaInput: SagaDecision] = [
      .taken: cancel, .noDelivery: cancel, .delivery(.requested): cancel, .delivery(.assigned): cancel,
      .refused("busy"): .send(.askDelivery),
    ]
    var captured = Self.saga(.releaseRider)
    captured.reason = "late"
    let goOn = SagaDecision.go(.awaitDelivery, order: .pickUp, outcome: "picked up")
    Self.decisions(
      captured,
      asked.merging([
        .delivery(.cancelled): .go(.refund, order: .expire(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.pickedUp): goOn, .delivery(.delivered): goOn,
      ]) { $1 })
    var uncaptured = captured
    uncaptured.payment = .authorized
    Self.decisions(
      uncaptured,
      asked.merging([
        .delivery(.cancelled): .go(.void, order: .failPayment(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.pickedUp): .go(.capture, outcome: "pickedUp"), .delivery(.delivered): .go(.capture, outcome: "delivered"),
      ]) { $1 })
    var ended = uncaptured
    ended.order = .cancelled
    Self.decisions(
      ended,
      asked.merging([
        .delivery(.cancelled): .go(.void, outcome: "delivery cancelled"),
        .delivery(.pickedUp): .go(.abandonDelivery, outcome: "pickedUp"),
        .delivery(.delivered): .go(.abandonDelivery, outcome: "delivered"),
      ]) { $1 })
  }

  @Test("abandonDelivery: only a delivery that was completed can't be called off any more")
  func abandonDelivery() {
    let cancel = SagaDecision.send(.cancelDelivery(isLost: true))
    let asked: [SagaInput: SagaDecision] = [
      .taken: cancel, .noDelivery: cancel, .delivery(.requested): cancel, .delivery(.assigned): cancel,
      .delivery(.pickedUp): cancel, .refused("busy"): .send(.askDelivery),
    ]
    Self.decisions(
      Self.saga(.abandonDelivery),
      asked.merging([
        .delivery(.cancelled): .go(.refund, order: .expire(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.delivered): .go(.done, order: .deliver, outcome: "delivered"),
      ]) { $1 })
    var refused = Self.saga(.abandonDelivery)
    (refused.order, refused.payment) = (.accepted, .authorized)
    Self.decisions(
      refused,
      asked.merging([
        .delivery(.cancelled): .go(.void, order: .failPayment(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.delivered): .go(.abandonDelivery, order: .pickUp, outcome: "picked up"),
      ]) { $1 })
    refused.order = .pickedUp
    refused.payment = .voided
    Self.decisions(
      refused,
      asked.merging([
        .delivery(.cancelled): .go(.done, order: .expire(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.delivered): .go(.done, order: .deliver, outcome: "delivered"),
      ]) { $1 })
  }

  @Test("void: goes on until the payment says that nothing is left of it; what turns out captured is refunded")
  func void() {
    Self.decisions(
      Self.saga(.void),
      [
        .taken: .send(.void), .noPayment: .send(.void), .refused("busy"): .send(.queryPayment),
        Self.seen(.requested): .send(.void), Self.seen(.requested, .authorize): .send(.void),
        Self.seen(.requested, .capture): .send(.void), Self.seen(.requested, .refund): .send(.void),
        Self.seen(.authorized): .send(.void), Self.seen(.authorized, .authorize): .send(.void),
        Self.seen(.authorized, .refund): .send(.void),
      ]
      .merging(Self.each([.captured]) { _ in .go(.refund, outcome: "captured") }) { $1 }
      .merging(Self.each([.declined, .voided, .refunded]) { .go(.done, outcome: $0.rawValue) }) { $1 })
  }

  @Test("refund: goes on until the payment says so; what turns out not to be captured is voided")
  func refund() {
    Self.decisions(
      Self.saga(.refund),
      [
        .taken: .send(.refund), .refused("busy"): .send(.queryPayment), .noPayment: .go(.void, outcome: "no payment"),
        Self.seen(.captured): .send(.refund), Self.seen(.captured, .authorize): .send(.refund),
        Self.seen(.captured, .capture): .send(.refund), Self.seen(.captured, .void): .send(.refund),
      ]
      .merging(Self.each([.requested, .authorized]) { .go(.void, outcome: $0.rawValue) }) { $1 }
      .merging([Self.seen(.authorized, .capture): .stay]) { $1 }
      .merging(Self.each([.declined, .voided, .refunded]) { .go(.done, outcome: $0.rawValue) }) { $1 })
  }

  @Test("done: nothing moves a saga that has ended")
  func done() {
    Self.decisions(Self.saga(.done), [:])
  }

  @Test("A step that was tried before asks first what came of it", arguments: SagaStep.allCases)
  func asksFirst(step: SagaStep) {
    var saga = Self.saga(step)
    saga.attempts = 1
    let plan = SagaPlan.of(step)
    let expected = plan.statusQuery.map { SagaDecision.send($0) } ?? .stay
    #expect(saga.receive(.taken) == expected)
    #expect(plan.statusQuery != nil || plan.action == nil)
  }

  @Test("Whatever moves the order is a legal transition from where the order stands", arguments: SagaStep.allCases)
  func legal(step: SagaStep) throws {
    for input in Self.inputs {
      var saga = Self.saga(step)
      guard case .go(let next, let action?, _) = saga.receive(input) else { continue }
      let event = try OrderTransitions.event(for: action, on: saga.order)
      saga.move(to: next, order: action)
      #expect(event?.status == saga.order, "\(step) with \(input)")
    }
  }

  @Test("Every step that goes forward has a deadline or acts at once, and its deadline leads to a compensation")
  func deadlines() {
    for step in SagaStep.allCases where !step.isCompensation && step != .done {
      #expect(SagaPlan.of(step).deadline != nil)
      #expect(SagaPlan.of(step).compensation.isCompensation)
    }
    #expect(Set(SagaStep.allCases.compactMap { SagaPlan.of($0).deadline }) == Set(SagaDeadline.allCases))
  }

  @Test("The status follows the step, and at the end the order")
  func statuses() {
    #expect(SagaStep.allCases.map { Self.saga($0).status }.prefix(5).allSatisfy { $0 == .running })
    for step in [SagaStep.releaseRider, .abandonDelivery, .void, .refund] { #expect(Self.saga(step).status == .compensating) }
    for order in OrderStatus.allCases {
      #expect(CheckoutSaga(step: .done, order: order).status == (order == .delivered ? .completed : .compensated))
    }
  }
}
