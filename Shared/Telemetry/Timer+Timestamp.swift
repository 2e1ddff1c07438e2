public import Contracts
public import Metrics

extension Timer {
  /// Records the time that has passed since `start`; 0 if another machine's clock was ahead.
  public func record(since start: Timestamp) {
    recordNanoseconds(max(0, Timestamp.now().milliseconds(since: start)) * 1_000_000)
  }
}
