import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A place in the code where a process can be made to die, to see that nothing is lost: named in configuration, never in life.
///
/// `FAILPOINT=afterCommit:3` ends the process, without any clean-up, when it comes to that place for the third time.
public enum Failpoint: String, CaseIterable, Sendable {
  /// Around a command's commit in the service's own database.
  case beforeCommit, afterCommit
  /// Around the outbox relay's `XADD`; what comes after it is before the mark.
  case beforePublish, afterPublish
  /// When published rows have been marked.
  case afterMark
  /// Around a consumer's `XACK`, its effect being done.
  case beforeAcknowledge, afterAcknowledge
  /// Around a call of the card network that moves money; what comes after it is before the recording of its outcome.
  case beforeCharge, afterCharge
  /// When the outcome of such a call has been recorded.
  case afterRecord

  /// What ``arm(_:)`` can't read.
  public struct Unknown: Error, CustomStringConvertible {
    public let description: String
  }

  /// The status of a process that a failpoint ended.
  public static let exitStatus: Int32 = 77

  /// Index of the armed failpoint, −1 for none, and how many more times it is passed.
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
      throw Unknown(description: "must have a count from 1 behind its colon, not \"\(text)\"")
    }
    remaining.store(count, ordering: .relaxed)
    armed.store(index, ordering: .releasing)
  }

  /// Ends the process if this is the failpoint that was armed, and its time has come.
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
