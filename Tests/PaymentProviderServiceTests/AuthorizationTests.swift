import Testing

@testable import PaymentProviderService

@Suite("The rules of an authorization")
struct AuthorizationTests {
  static let held = Authorization(status: .approved, amount: 100)
  static let partlyTaken = Authorization(status: .approved, amount: 100, captured: 60)
  static let partlyReturned = Authorization(status: .approved, amount: 100, captured: 60, refunded: 20)

  @Test("Money is captured once, and no more than is held")
  func captures() throws {
    #expect(try Self.held.after(.capture(100)).captured == 100)
    #expect(try Self.held.after(.capture(60)).captured == 60)
    #expect(throws: OperationError.amountExceeded(limit: 100)) { try Self.held.after(.capture(101)) }
    #expect(throws: OperationError.alreadyCaptured) { try Self.partlyTaken.after(.capture(1)) }
  }

  @Test("Money is refunded in parts, and no more than was captured")
  func refunds() throws {
    #expect(try Self.partlyTaken.after(.refund(60)).refunded == 60)
    #expect(try Self.partlyReturned.after(.refund(40)).refunded == 60)
    #expect(throws: OperationError.amountExceeded(limit: 40)) { try Self.partlyReturned.after(.refund(41)) }
    #expect(throws: OperationError.amountExceeded(limit: 0)) { try Self.held.after(.refund(1)) }
  }

  @Test("What was not captured is voided; what was is not", arguments: [Operation.void, .reverse])
  func voids(_ operation: Operation) throws {
    #expect(try Self.held.after(operation).status == .voided)
    #expect(throws: OperationError.alreadyCaptured) { try Self.partlyTaken.after(operation) }
  }

  @Test("What has come to its end changes no more", arguments: [Authorization.Status.declined, .voided, .reversed])
  func ends(_ status: Authorization.Status) throws {
    let ended = Authorization(status: status, amount: 100)
    #expect(try ended.after(.reverse) == ended)
    if status == .voided {
      #expect(try ended.after(.void) == ended)
    } else {
      #expect(throws: OperationError.illegal(.void, status)) { try ended.after(.void) }
    }
    for operation in [Operation.capture(1), .refund(1)] {
      #expect(throws: OperationError.illegal(operation, status)) { try ended.after(operation) }
    }
  }

  @Test("A token says what becomes of the authorization, and what is no token is nothing")
  func tokens() {
    #expect(CardToken("tok_visa")?.verdict == .approved)
    #expect(CardToken("tok_declined")?.declineCode == "declined")
    #expect(CardToken("tok_insufficient_funds")?.declineCode == "insufficient_funds")
    #expect(CardToken("tok_timeout")?.verdict == .approvedInSilence)
    for text in ["", "tok_", "visa", "tok_a b", "tok_한", "tok_" + String(repeating: "a", count: 61)] {
      #expect(CardToken(text) == nil, "\(text)")
    }
  }
}

@Suite("How badly the network behaves")
struct FaultProfileTests {
  private func fates(_ behaviour: FaultProfile, _ count: Int = 10_000) -> [Fate] {
    let control = FaultControl(behaviour)
    return (0..<count).map { _ in control.nextFate() }
  }

  @Test("The same seed deals out the same fates, another seed others")
  func seeds() {
    let behaviour = FaultProfile(errorRate: 0.3, hangRate: 0.05, seed: 11)
    #expect(fates(behaviour) == fates(behaviour))
    var other = behaviour
    other.seed = 12
    #expect(fates(behaviour) != fates(other))
  }

  @Test("Rates are kept, and errors come half the time before and half after the effect")
  func rates() {
    let fates = fates(FaultProfile(errorRate: 0.3, hangRate: 0.05))
    func part(_ fate: Fate) -> Double { Double(fates.count { $0 == fate }) / Double(fates.count) }
    #expect((0.04...0.06).contains(part(.unanswered)))
    #expect((0.13...0.17).contains(part(.failedBefore)))
    #expect((0.13...0.17).contains(part(.failedAfter)))
    #expect(self.fates(FaultProfile()).allSatisfy { $0 == .wellDone })
    #expect(self.fates(FaultProfile(hangRate: 1)).allSatisfy { $0 == .unanswered })
    #expect(self.fates(FaultProfile(errorRate: 1)).allSatisfy { $0 == .failedBefore || $0 == .failedAfter })
  }

  @Test("A change of the rates doesn't shift the draws; a change of the seed begins anew")
  func changes() {
    let control = FaultControl(FaultProfile(errorRate: 0.5))
    let first = (0..<100).map { _ in control.nextFate() }
    _ = control.change { $0.seed = 2 }
    _ = control.change { $0.errorRate = 0 }
    for _ in 0..<100 { #expect(control.nextFate() == .wellDone) }
    _ = control.change { $0 = FaultProfile(errorRate: 0.5) }
    #expect((0..<100).map { _ in control.nextFate() } == first)
  }
}
