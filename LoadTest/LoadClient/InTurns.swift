/// Does `work` for 0, 1, … below `count`, at most `concurrency` of them at once.
///
/// - Throws: the first error of `work`; the rest is then cancelled.
public func inTurns(
  count: Int, concurrency: Int, _ work: @escaping @Sendable (_ number: Int) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 0..<count {
      if number >= concurrency { try await group.next() }
      group.addTask { try await work(number) }
    }
    try await group.waitForAll()
  }
}
