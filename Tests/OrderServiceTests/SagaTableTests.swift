import Contracts
import Testing

@testable import OrderService

/// The whole table: every step with every input. The decision on inputs that are not listed must be `.stay`.
@Suite("The checkout's table of steps")
struct SagaTableTests {
  static let inputs: [SagaInput] =
    [.resumed, .deadlinePassed, .paymentNotFound, .deliveryNotFound, .refused("busy"), .rejected("bad"), .failed("unavailable")]
    + OrderStatus.allCases.map { .order($0) }
    + PaymentStatus.allCases.flatMap { status in
      ([nil] + PaymentOperation.allCases.map { $0 }).map { .payment(PaymentSnapshot(status: status, pending: $0)) }
    }
    + DeliveryStatus.allCases.map { .delivery($0) }

  /// The usual state of a saga at a step.
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

  static func snapshot(_ status: PaymentStatus, _ pending: PaymentOperation? = nil) -> SagaInput {
    .payment(PaymentSnapshot(status: status, pending: pending))
  }

  private static func decisions(_ saga: CheckoutSaga, _ listed: [SagaInput: SagaDecision]) {
    for input in inputs {
      var subject = saga
      let decision = subject.receive(input)
      #expect(decision == listed[input] ?? .stay, "\(saga.step) with \(input)")
    }
    #expect(listed.keys.allSatisfy(inputs.contains), "an expectation has no input")
  }

  private static func each(_ statuses: [PaymentStatus], _ decision: (PaymentStatus) -> SagaDecision) -> [SagaInput: SagaDecision]
  {
    var listed: [SagaInput: SagaDecision] = [:]
    for status in statuses {
      for pending in [nil] + PaymentOperation.allCases.map({ $0 }) as [PaymentOperation?] {
        listed[snapshot(status, pending)] = decision(status)
      }
    }
    return listed
  }

  private static func ends(_ statuses: [OrderStatus], _ decision: (OrderStatus) -> SagaDecision) -> [SagaInput: SagaDecision] {
    Dictionary(uniqueKeysWithValues: statuses.map { (.order($0), decision($0)) })
  }

  private static let finals: [OrderStatus] = [.delivered, .paymentFailed, .rejected, .cancelled, .expired]
  private static let endedWithoutDelivery: [OrderStatus] = [.paymentFailed, .rejected, .cancelled, .expired]

  @Test("authorize: success pays the order, a decline ends it, an unknown outcome is queried, the deadline voids")
  func authorize() {
    let late = "the payment was not confirmed in time"
    Self.decisions(
      Self.saga(.authorize),
      [
        .resumed: .send(.authorize), .paymentNotFound: .send(.authorize), .refused("busy"): .send(.queryPayment),
        .rejected("bad"): .move(.void, order: .failPayment(reason: "bad"), outcome: "rejected"),
        .deadlinePassed: .move(.void, order: .expire(reason: late), outcome: "deadline passed"),
      ]
      .merging(Self.each([.authorized, .captured]) { _ in .move(.awaitShop, order: .confirmPayment, outcome: "authorized") }) {
        $1
      }
      .merging(
        Self.each([.declined, .voided, .refunded]) {
          .move(.done, order: .failPayment(reason: $0.rawValue), outcome: $0.rawValue)
        }
      ) { $1 }
      .merging(Self.ends(Self.finals) { .move(.void, outcome: $0.rawValue) }) { $1 })
  }

  @Test("awaitShop: accept leads to the capture; reject, cancel and the deadline to the void")
  func awaitShop() {
    let late = "the shop did not answer in time"
    Self.decisions(
      Self.saga(.awaitShop),
      [
        .order(.accepted): .move(.capture, outcome: "accepted"),
        .deadlinePassed: .move(.void, order: .expire(reason: late), outcome: "deadline passed"),
      ].merging(Self.ends(Self.finals) { .move(.void, outcome: $0.rawValue) }) { $1 })
  }

  @Test("capture: success leads to awaitRider, failure cancels the delivery, the deadline releases the rider")
  func capture() {
    Self.decisions(
      Self.saga(.capture),
      [
        .resumed: .send(.capture), .refused("busy"): .send(.queryPayment), Self.snapshot(.authorized): .send(.capture),
        .paymentNotFound: .move(.abandonDelivery, outcome: "no payment"),
        .rejected("bad"): .move(.abandonDelivery, outcome: "rejected"),
        .deadlinePassed: .move(.releaseRider, outcome: "deadline passed"),
      ]
      .merging(Self.each([.captured]) { _ in .move(.awaitRider, outcome: "captured") }) { $1 }
      .merging(Self.each([.declined, .voided, .refunded]) { .move(.abandonDelivery, outcome: $0.rawValue) }) { $1 }
      .merging(Self.ends(Self.endedWithoutDelivery) { .move(.releaseRider, outcome: $0.rawValue) }) { $1 })
  }

  @Test("awaitRider: an assignment ends it; a later status is applied at once")
  func awaitRider() {
    Self.decisions(
      Self.saga(.awaitRider),
      [
        .resumed: .send(.queryDelivery), .refused("busy"): .send(.queryDelivery),
        .delivery(.assigned): .move(.awaitDelivery, outcome: "assigned"),
        .delivery(.pickedUp): .move(.awaitDelivery, order: .pickUp, outcome: "picked up"),
        .delivery(.delivered): .move(.awaitDelivery, order: .pickUp, outcome: "picked up"),
        .delivery(.cancelled): .move(
          .refund, order: .expire(reason: "the delivery was cancelled"), outcome: "delivery cancelled"),
        .deadlinePassed: .move(.releaseRider, outcome: "deadline passed"),
      ].merging(Self.ends(Self.endedWithoutDelivery) { .move(.releaseRider, outcome: $0.rawValue) }) { $1 })
  }

  @Test("awaitDelivery: pickup and delivery move the order; at the deadline the delivery counts as lost")
  func awaitDelivery() {
    let cancelled = SagaDecision.move(
      .refund, order: .expire(reason: "the delivery was cancelled"), outcome: "delivery cancelled")
    let others: [SagaInput: SagaDecision] = [
      .resumed: .send(.queryDelivery), .refused("busy"): .send(.queryDelivery), .delivery(.cancelled): cancelled,
      .deadlinePassed: .move(.abandonDelivery, outcome: "deadline passed"),
    ].merging(Self.ends(Self.endedWithoutDelivery) { .move(.releaseRider, outcome: $0.rawValue) }) { $1 }
    let pickUp = SagaDecision.move(.awaitDelivery, order: .pickUp, outcome: "picked up")
    Self.decisions(
      Self.saga(.awaitDelivery), others.merging([.delivery(.pickedUp): pickUp, .delivery(.delivered): pickUp]) { $1 })
    var pickedUp = Self.saga(.awaitDelivery)
    pickedUp.order = .pickedUp
    Self.decisions(
      pickedUp, others.merging([.delivery(.delivered): .move(.done, order: .deliver, outcome: "delivered")]) { $1 })
  }

  @Test("releaseRider: a cancelled delivery ends the order; a picked-up one continues")
  func releaseRider() {
    let cancel = SagaDecision.send(.cancelDelivery(isLost: false))
    let common: [SagaInput: SagaDecision] = [
      .resumed: cancel, .deliveryNotFound: cancel, .delivery(.requested): cancel, .delivery(.assigned): cancel,
      .refused("busy"): .send(.queryDelivery),
    ]
    var captured = Self.saga(.releaseRider)
    captured.reason = "late"
    let pickUp = SagaDecision.move(.awaitDelivery, order: .pickUp, outcome: "picked up")
    Self.decisions(
      captured,
      common.merging([
        .delivery(.cancelled): .move(.refund, order: .expire(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.pickedUp): pickUp, .delivery(.delivered): pickUp,
      ]) { $1 })
    var uncaptured = captured
    uncaptured.payment = .authorized
    Self.decisions(
      uncaptured,
      common.merging([
        .delivery(.cancelled): .move(.void, order: .failPayment(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.pickedUp): .move(.capture, outcome: "pickedUp"), .delivery(.delivered): .move(.capture, outcome: "delivered"),
      ]) { $1 })
    var ended = uncaptured
    ended.order = .cancelled
    Self.decisions(
      ended,
      common.merging([
        .delivery(.cancelled): .move(.void, outcome: "delivery cancelled"),
        .delivery(.pickedUp): .move(.abandonDelivery, outcome: "pickedUp"),
        .delivery(.delivered): .move(.abandonDelivery, outcome: "delivered"),
      ]) { $1 })
  }

  @Test("abandonDelivery: only a completed delivery cannot be cancelled")
  func abandonDelivery() {
    let cancel = SagaDecision.send(.cancelDelivery(isLost: true))
    let common: [SagaInput: SagaDecision] = [
      .resumed: cancel, .deliveryNotFound: cancel, .delivery(.requested): cancel, .delivery(.assigned): cancel,
      .delivery(.pickedUp): cancel, .refused("busy"): .send(.queryDelivery),
    ]
    Self.decisions(
      Self.saga(.abandonDelivery),
      common.merging([
        .delivery(.cancelled): .move(.refund, order: .expire(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.delivered): .move(.done, order: .deliver, outcome: "delivered"),
      ]) { $1 })
    var refused = Self.saga(.abandonDelivery)
    (refused.order, refused.payment) = (.accepted, .authorized)
    Self.decisions(
      refused,
      common.merging([
        .delivery(.cancelled): .move(.void, order: .failPayment(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.delivered): .move(.abandonDelivery, order: .pickUp, outcome: "picked up"),
      ]) { $1 })
    refused.order = .pickedUp
    refused.payment = .voided
    Self.decisions(
      refused,
      common.merging([
        .delivery(.cancelled): .move(.done, order: .expire(reason: "late"), outcome: "delivery cancelled"),
        .delivery(.delivered): .move(.done, order: .deliver, outcome: "delivered"),
      ]) { $1 })
  }

  @Test("void: repeated until the payment is final; a captured payment is refunded")
  func void() {
    Self.decisions(
      Self.saga(.void),
      [
        .resumed: .send(.void), .paymentNotFound: .send(.void), .refused("busy"): .send(.queryPayment),
        Self.snapshot(.requested): .send(.void), Self.snapshot(.requested, .authorize): .send(.void),
        Self.snapshot(.requested, .capture): .send(.void), Self.snapshot(.requested, .refund): .send(.void),
        Self.snapshot(.authorized): .send(.void), Self.snapshot(.authorized, .authorize): .send(.void),
        Self.snapshot(.authorized, .refund): .send(.void),
      ]
      .merging(Self.each([.captured]) { _ in .move(.refund, outcome: "captured") }) { $1 }
      .merging(Self.each([.declined, .voided, .refunded]) { .move(.done, outcome: $0.rawValue) }) { $1 })
  }

  @Test("refund: repeated until the payment is final; a payment that is not captured is voided")
  func refund() {
    Self.decisions(
      Self.saga(.refund),
      [
        .resumed: .send(.refund), .refused("busy"): .send(.queryPayment), .paymentNotFound: .move(.void, outcome: "no payment"),
        Self.snapshot(.captured): .send(.refund), Self.snapshot(.captured, .authorize): .send(.refund),
        Self.snapshot(.captured, .capture): .send(.refund), Self.snapshot(.captured, .void): .send(.refund),
      ]
      .merging(Self.each([.requested, .authorized]) { .move(.void, outcome: $0.rawValue) }) { $1 }
      .merging([Self.snapshot(.authorized, .capture): .stay]) { $1 }
      .merging(Self.each([.declined, .voided, .refunded]) { .move(.done, outcome: $0.rawValue) }) { $1 })
  }

  @Test("done: a saga that has ended does not move")
  func done() {
    Self.decisions(Self.saga(.done), [:])
  }

  @Test("A step that was attempted before first queries its outcome", arguments: SagaStep.allCases)
  func queriesFirst(step: SagaStep) {
    var saga = Self.saga(step)
    saga.attempts = 1
    let plan = SagaPlan.of(step)
    let expected = plan.statusQuery.map { SagaDecision.send($0) } ?? .stay
    #expect(saga.receive(.resumed) == expected)
    #expect(plan.statusQuery != nil || plan.command == nil)
  }

  @Test("Every order action of the saga is a legal transition", arguments: SagaStep.allCases)
  func legal(step: SagaStep) throws {
    for input in Self.inputs {
      var saga = Self.saga(step)
      guard case .move(let next, let action?, _) = saga.receive(input) else { continue }
      let event = try OrderTransitions.event(for: action, on: saga.order)
      saga.move(to: next, order: action)
      #expect(event?.status == saga.order, "\(step) with \(input)")
    }
  }

  @Test("Every forward step has a deadline that leads to a compensation")
  func deadlines() {
    for step in SagaStep.allCases where !step.isCompensation && step != .done {
      #expect(SagaPlan.of(step).deadline != nil)
      #expect(SagaPlan.of(step).compensation.isCompensation)
    }
    #expect(Set(SagaStep.allCases.compactMap { SagaPlan.of($0).deadline }) == Set(SagaDeadline.allCases))
  }

  @Test("The status depends on the step, and at the end on the order")
  func statuses() {
    #expect(SagaStep.allCases.map { Self.saga($0).status }.prefix(5).allSatisfy { $0 == .running })
    for step in [SagaStep.releaseRider, .abandonDelivery, .void, .refund] { #expect(Self.saga(step).status == .compensating) }
    for order in OrderStatus.allCases {
      #expect(CheckoutSaga(step: .done, order: order).status == (order == .delivered ? .completed : .compensated))
    }
  }
}
