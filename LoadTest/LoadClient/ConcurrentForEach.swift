/// Calls `work` with 0, 1, … below `count`, with at most `concurrency` calls in progress.
///
/// - Throws: the first error of `work`, after cancelling the other calls.
public func forEachConcurrently(
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
