import Concurrency
import Contracts
import RuntimeConfiguration

/// When a saga is executed next, in saga time: by deadlines, by pauses that grow with each attempt, and by leases.
struct SagaSchedule: Sendable {
  let configuration: CheckoutConfiguration
  /// Deadlines from the runtime configuration; a change applies to steps that begin after it.
  private let deadlines: [SagaDeadline: RuntimeValue<Duration>]
  private let callDeadline: @Sendable () -> Duration
  private let time: @Sendable () -> Int64

  /// - Parameters:
  ///   - callDeadline: the deadline of one call to a participant, which may change while the service runs.
  ///   - time: saga time, in milliseconds.
  init(
    configuration: CheckoutConfiguration, deadlines: [SagaDeadline: RuntimeValue<Duration>] = [:],
    callDeadline: @escaping @Sendable () -> Duration, time: @escaping @Sendable () -> Int64
  ) {
    self.configuration = configuration
    self.deadlines = deadlines
    self.callDeadline = callDeadline
    self.time = time
  }

  /// Saga time, in milliseconds.
  var now: Int64 { time() }

  /// The deadline for all calls of one turn: two full calls, so the third has what they leave.
  var turn: Duration { callDeadline() * 2 }

  /// How long a claimed saga belongs to its process: a turn, and the time for its writes.
  var leaseLength: Duration { turn + .seconds(1) }

  /// The end of a lease that starts now; the saga is due then if its turn has written nothing.
  var lease: Int64 { now + leaseLength.wholeMilliseconds }

  /// The deadline of a step that begins now.
  func deadline(of step: SagaStep) -> Int64? {
    SagaPlan.of(step).deadline.flatMap { deadlines[$0]?.value ?? configuration.deadlines[$0] }.map { now + $0.wholeMilliseconds }
  }

  /// When a step is executed next; not after its deadline.
  ///
  /// - Parameter attempts: 0 for a step that has just begun.
  func due(_ step: SagaStep, attempts: Int, deadline: Int64?) -> Int64? {
    guard step != .done else { return nil }
    guard let pause = pause(step, attempts: attempts) else { return deadline }
    let due = now + pause.wholeMilliseconds
    return deadline.map { min($0, due) } ?? due
  }

  /// `nil` for a step that only waits for events.
  private func pause(_ step: SagaStep, attempts: Int) -> Duration? {
    let plan = SagaPlan.of(step)
    guard let bounds = Self.pauses(plan, isCompensation: step.isCompensation) else { return nil }
    if attempts == 0, plan.command != nil { return .zero }
    let bound = min(bounds.first * (1 << min(max(attempts - 1, 0), 16)), bounds.longest)
    // Jitter: sagas that failed together are not retried together.
    return bound * Double.random(in: 0.5...1)
  }

  private static func pauses(_ plan: SagaPlan, isCompensation: Bool) -> (first: Duration, longest: Duration)? {
    if isCompensation { return (.milliseconds(250), .seconds(30)) }
    if plan.command != nil { return (.milliseconds(250), .seconds(5)) }
    // Normally events arrive first; the queries make up for lost ones.
    if plan.statusQuery != nil { return (.seconds(5), .seconds(30)) }
    return nil
  }
}

extension SagaSchedule: CheckoutPlan {
  func initialChange() -> SagaChange {
    SagaChange(step: .authorize, status: .running, due: lease, deadline: deadline(of: .authorize))
  }

  func change(after action: OrderAction) -> SagaChange? {
    switch action {
    case .accept: change(after: .accepted)
    case .reject: change(after: .rejected)
    // Also for an order at `authorize`: a void undoes an authorization whose outcome is unknown, too.
    case .cancel: change(after: .cancelled)
    case .confirmPayment, .failPayment, .expire, .pickUp, .deliver: nil
    }
  }

  private func change(after status: OrderStatus) -> SagaChange? {
    var saga = CheckoutSaga(step: .awaitShop, order: .paid)
    guard case .move(let next, _, let outcome) = saga.receive(.order(status)) else { return nil }
    saga.move(to: next, order: nil)
    return SagaChange(step: next, status: saga.status, due: lease, deadline: deadline(of: next), outcome: outcome)
  }
}
