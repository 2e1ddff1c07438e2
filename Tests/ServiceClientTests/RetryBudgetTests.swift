import ServiceClient
import Testing

@Suite("Retry budget")
struct RetryBudgetTests {
  @Test("a tenth of the calls may be retried, plus a small reserve that is refilled over time")
  func share() {
    let start = ContinuousClock.now
    var budget = RetryBudget(share: 0.1, reserve: 2, maximum: 10, at: start)
    func retries(_ count: Int, at time: Duration) -> Int { (0..<count).count { _ in budget.withdraw(at: start + time) } }
    #expect(retries(10, at: .zero) == 2)
    for _ in 0..<55 { budget.recordCall() }
    #expect(retries(10, at: .zero) == 5)
    for _ in 0..<1000 { budget.recordCall() }
    #expect(budget.available >= 9)
    #expect((9...10).contains(retries(20, at: .zero)))
    #expect(retries(1, at: .milliseconds(100)) == 0)
    #expect(retries(5, at: .seconds(2)) == 2)
  }
}
