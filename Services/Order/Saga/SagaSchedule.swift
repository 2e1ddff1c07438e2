import Contracts
import RuntimeConfiguration

/// When a saga is to be worked on next, in saga time: by deadlines, by pauses that grow with each try, by leases.
struct SagaSchedule: Sendable {
  let configuration: CheckoutConfiguration
  /// Deadlines that may change while the service runs; they hold for steps that begin after the change.
  private let deadlines: [SagaDeadline: RuntimeValue<Duration>]
  private let patience: @Sendable () -> Duration
  private let time: @Sendable () -> Int64

  /// - Parameters:
  ///   - patience: how long a call to a participant may take, which may change while the service runs.
  ///   - time: saga time.
  init(
    configuration: CheckoutConfiguration, deadlines: [SagaDeadline: RuntimeValue<Duration>] = [:],
    patience: @escaping @Sendable () -> Duration, time: @escaping @Sendable () -> Int64
  ) {
    self.configuration = configuration
    self.deadlines = deadlines
    self.patience = patience
    self.time = time
  }

  init(
    clock: SagaClock, configuration: CheckoutConfiguration, deadlines: [SagaDeadline: RuntimeValue<Duration>],
    patience: @escaping @Sendable () -> Duration
  ) {
    self.init(configuration: configuration, deadlines: deadlines, patience: patience) { clock.now }
  }

  /// Saga time.
  var now: Int64 { time() }

  /// How long the calls of one turn may take together: two at their slowest, and the third has what they leave.
  var turn: Duration { patience() * 2 }

  /// How long a step that somebody has taken up is nobody else's: for a turn, and for what is written in it.
  var leaseLength: Duration { turn + .seconds(1) }

  /// When a step that somebody has just taken up comes back if nothing more is heard of it.
  var lease: Int64 { now + leaseLength.milliseconds }

  /// When a step that begins now is over.
  func deadline(of step: SagaStep) -> Int64? {
    SagaPlan.of(step).deadline.flatMap { deadlines[$0]?.value ?? configuration.deadlines[$0] }.map { now + $0.milliseconds }
  }

  /// When a step is to be taken up after `attempts` tries; never after its deadline.
  ///
  /// - Parameter attempts: 0 for a step that has just begun.
  func due(_ step: SagaStep, attempts: Int, deadline: Int64?) -> Int64? {
    guard step != .done else { return nil }
    guard let pause = pause(step, attempts: attempts) else { return deadline }
    let due = now + pause.milliseconds
    return deadline.map { min($0, due) } ?? due
  }

  /// `nil` for a step that only waits to be told.
  private func pause(_ step: SagaStep, attempts: Int) -> Duration? {
    let plan = SagaPlan.of(step)
    guard let bounds = Self.pauses(plan, isCompensation: step.isCompensation) else { return nil }
    if attempts == 0, plan.action != nil { return .zero }
    let bound = min(bounds.first * (1 << min(max(attempts - 1, 0), 16)), bounds.longest)
    // What failed together must not come back together.
    return bound * Double.random(in: 0.5...1)
  }

  private static func pauses(_ plan: SagaPlan, isCompensation: Bool) -> (first: Duration, longest: Duration)? {
    if isCompensation { return (.milliseconds(250), .seconds(30)) }
    if plan.action != nil { return (.milliseconds(250), .seconds(5)) }
    // Events tell what happened; this is for those that get lost.
    if plan.statusQuery != nil { return (.seconds(5), .seconds(30)) }
    return nil
  }
}

extension SagaSchedule: CheckoutPlan {
  func beginning() -> SagaChange {
    SagaChange(step: .authorize, status: .running, due: lease, deadline: deadline(of: .authorize))
  }

  func following(_ action: OrderAction) -> SagaChange? {
    switch action {
    case .accept: moved(.accepted, at: .awaitShop)
    case .reject: moved(.rejected, at: .awaitShop)
    // Void undoes an authorization as well as an attempt at one.
    case .cancel: moved(.cancelled, at: .awaitShop)
    case .confirmPayment, .failPayment, .expire, .pickUp, .deliver: nil
    }
  }

  private func moved(_ status: OrderStatus, at step: SagaStep) -> SagaChange? {
    var saga = CheckoutSaga(step: step, order: .paid)
    guard case .go(let next, _, let outcome) = saga.receive(.order(status)) else { return nil }
    saga.move(to: next, order: nil)
    return SagaChange(step: next, status: saga.status, due: lease, deadline: deadline(of: next), outcome: outcome)
  }
}

extension Duration {
  var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
