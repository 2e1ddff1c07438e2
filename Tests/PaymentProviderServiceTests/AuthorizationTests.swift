import Testing

@testable import PaymentProviderService

@Suite("The rules of an authorization")
struct AuthorizationTests {
  static let held = Authorization(status: .approved, amount: 100)
  static let partlyCaptured = Authorization(status: .approved, amount: 100, captured: 60)
  static let partlyRefunded = Authorization(status: .approved, amount: 100, captured: 60, refunded: 20)

  @Test("An authorization is captured once, up to its amount")
  func captures() throws {
    #expect(try Self.held.after(.capture(100)).captured == 100)
    #expect(try Self.held.after(.capture(60)).captured == 60)
    #expect(throws: OperationError.amountExceeded(limit: 100)) { try Self.held.after(.capture(101)) }
    #expect(throws: OperationError.alreadyCaptured) { try Self.partlyCaptured.after(.capture(1)) }
  }

  @Test("Refunds are partial, up to the captured amount")
  func refunds() throws {
    #expect(try Self.partlyCaptured.after(.refund(60)).refunded == 60)
    #expect(try Self.partlyRefunded.after(.refund(40)).refunded == 60)
    #expect(throws: OperationError.amountExceeded(limit: 40)) { try Self.partlyRefunded.after(.refund(41)) }
    #expect(throws: OperationError.amountExceeded(limit: 0)) { try Self.held.after(.refund(1)) }
  }

  @Test("An authorization is voided unless it was captured", arguments: [Operation.void, .reverse])
  func voids(_ operation: Operation) throws {
    #expect(try Self.held.after(operation).status == .voided)
    #expect(throws: OperationError.alreadyCaptured) { try Self.partlyCaptured.after(operation) }
  }

  @Test("A declined, voided or reversed authorization is final", arguments: [Authorization.Status.declined, .voided, .reversed])
  func finalStates(_ status: Authorization.Status) throws {
    let authorization = Authorization(status: status, amount: 100)
    #expect(try authorization.after(.reverse) == authorization)
    if status == .voided {
      #expect(try authorization.after(.void) == authorization)
    } else {
      #expect(throws: OperationError.illegal(.void, status)) { try authorization.after(.void) }
    }
    for operation in [Operation.capture(1), .refund(1)] {
      #expect(throws: OperationError.illegal(operation, status)) { try authorization.after(operation) }
    }
  }

  @Test("A card token determines the result; a malformed token is rejected")
  func tokens() {
    #expect(CardToken("tok_visa")?.verdict == .approved)
    #expect(CardToken("tok_declined")?.declineCode == "declined")
    #expect(CardToken("tok_insufficient_funds")?.declineCode == "insufficient_funds")
    #expect(CardToken("tok_timeout")?.verdict == .approvedWithoutResponse)
    for text in ["", "tok_", "visa", "tok_a b", "tok_한", "tok_" + String(repeating: "a", count: 61)] {
      #expect(CardToken(text) == nil, "\(text)")
    }
  }
}

@Suite("The fault profile")
struct FaultProfileTests {
  private func faults(_ profile: FaultProfile, _ count: Int = 10_000) -> [Fault] {
    let control = FaultControl(profile)
    return (0..<count).map { _ in control.nextFault() }
  }

  @Test("The same seed gives the same faults, another seed others")
  func seeds() {
    let profile = FaultProfile(errorRate: 0.3, hangRate: 0.05, seed: 11)
    #expect(faults(profile) == faults(profile))
    var other = profile
    other.seed = 12
    #expect(faults(profile) != faults(other))
  }

  @Test("Faults occur at their rates, and half of the errors occur after the effect")
  func rates() {
    let faults = faults(FaultProfile(errorRate: 0.3, hangRate: 0.05))
    func fraction(_ fault: Fault) -> Double { Double(faults.count { $0 == fault }) / Double(faults.count) }
    #expect((0.04...0.06).contains(fraction(.hang)))
    #expect((0.13...0.17).contains(fraction(.errorBefore)))
    #expect((0.13...0.17).contains(fraction(.errorAfter)))
    #expect(self.faults(FaultProfile()).allSatisfy { $0 == Fault.none })
    #expect(self.faults(FaultProfile(hangRate: 1)).allSatisfy { $0 == .hang })
    #expect(self.faults(FaultProfile(errorRate: 1)).allSatisfy { $0 == .errorBefore || $0 == .errorAfter })
  }

  @Test("A change of the rates does not shift the sequence; a change of the seed restarts it")
  func changes() {
    let control = FaultControl(FaultProfile(errorRate: 0.5))
    let first = (0..<100).map { _ in control.nextFault() }
    _ = control.change { $0.seed = 2 }
    _ = control.change { $0.errorRate = 0 }
    for _ in 0..<100 { #expect(control.nextFault() == Fault.none) }
    _ = control.change { $0 = FaultProfile(errorRate: 0.5) }
    #expect((0..<100).map { _ in control.nextFault() } == first)
  }
}
