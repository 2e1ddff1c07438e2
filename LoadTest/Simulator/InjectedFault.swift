import Contracts

/// A fault that somebody injected into the running stack on purpose, as `Deploy/stack` records it.
struct InjectedFault: Hashable, Sendable {
  let time: Timestamp
  /// `supervisorctl stop payment`
  let command: String

  /// The faults since `start`.
  ///
  /// - Parameter text: lines such as `2026-11-30T18:20:03.000Z supervisorctl stop payment`; others are skipped.
  static func list(_ text: String, since start: Timestamp) -> [InjectedFault] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let time = Timestamp(rfc3339: String(parts[0])), time >= start else { return nil }
      return InjectedFault(time: time, command: String(parts[1]))
    }
  }
}

extension LoadReport {
  /// Whether the run's faults are those of injected ones: they are reported, but the run has not failed.
  ///
  /// Nothing excuses a consistency violation, nor a fault of a run that tolerates outages.
  var isExpected: Bool {
    !injected.isEmpty && !profile.toleratesOutages && values.started > 0 && values.violations.count == 0
  }
}
