import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A place in the code where a test can crash the process, to verify that nothing is lost. Never armed in production.
///
/// `FAILPOINT=afterCommit:3` ends the process, without any clean-up, when it reaches that place for the third time.
public enum Failpoint: String, CaseIterable, Sendable {
  /// Around the commit of a command in the service's own database.
  case beforeCommit, afterCommit
  /// Around the outbox relay's `XADD`; both are before the rows are recorded as published.
  case beforePublish, afterPublish
  /// After published rows have been recorded.
  case afterMark
  /// Around a consumer's `XACK`, after the change was handled.
  case beforeAcknowledge, afterAcknowledge
  /// Around a call of the card network that moves money; both are before its outcome is recorded.
  case beforeCharge, afterCharge
  /// After the outcome of such a call has been recorded.
  case afterRecord

  /// A text that ``arm(_:)`` can't parse.
  public struct Unknown: Error, CustomStringConvertible {
    public let description: String
  }

  /// The exit status of a process that a failpoint ended.
  public static let exitStatus: Int32 = 77

  /// Index of the armed failpoint, −1 for none, and how many more times it must be reached.
  private static let armed = Atomic<Int>(-1)
  private static let remaining = Atomic<Int>(0)

  /// Arms one failpoint of this process: `<name>`, or `<name>:<n>` for the n-th time. An empty text arms none.
  public static func arm(_ text: String) throws(Unknown) {
    guard !text.isEmpty else { return armed.store(-1, ordering: .relaxed) }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let index = allCases.firstIndex(where: { $0.rawValue == parts[0] }) else {
      throw Unknown(description: "must be one of \(allCases.map(\.rawValue).joined(separator: ", ")), not \"\(parts[0])\"")
    }
    guard let count = parts.count == 2 ? Int(parts[1]) : 1, count > 0 else {
      throw Unknown(description: "must have a count of at least 1 after its colon, not \"\(text)\"")
    }
    remaining.store(count, ordering: .relaxed)
    armed.store(index, ordering: .releasing)
  }

  /// Ends the process if this failpoint is armed and has been reached often enough.
  @inline(__always)
  public func reach() {
    if Self.armed.load(ordering: .relaxed) >= 0 { reachArmed() }
  }

  private func reachArmed() {
    let index = Self.armed.load(ordering: .acquiring)
    guard index >= 0, Self.allCases[index] == self else { return }
    if Self.remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { _exit(Self.exitStatus) }
  }
}
