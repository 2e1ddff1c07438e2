import Contracts

@testable import OrderService

// example: saga
/// The checkout saga without I/O: inputs come in, decisions go out. `CheckoutSteps` executes them, `CheckoutOrchestrator` decides when.
func checkoutWithoutRider() -> [SagaDecision] {
  var saga = CheckoutSaga(step: .authorize, order: .placed)
  var decisions: [SagaDecision] = []

  func receive(_ input: SagaInput) {
    let decision = saga.receive(input)
    decisions.append(decision)
    // In the service, one SQL statement moves the saga, changes the order and appends the event.
    if case .move(let next, let action, _) = decision { saga.move(to: next, order: action) }
  }

  receive(.resumed)  // a saga has begun, or a crashed one is claimed: the authorization is sent
  receive(.failed("no response"))  // the outcome is unknown: it is queried, never assumed
  receive(.payment(PaymentSnapshot(status: .authorized)))
  receive(.order(.accepted))
  receive(.payment(PaymentSnapshot(status: .captured)))
  receive(.deadlinePassed)  // no rider in time: the table says what undoes the step
  receive(.delivery(.cancelled))
  receive(.payment(PaymentSnapshot(status: .refunded)))
  return decisions
}
// example end
