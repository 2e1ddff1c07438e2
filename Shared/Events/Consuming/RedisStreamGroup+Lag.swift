public import Redis

extension RedisStreamGroup {
  /// Entries not delivered yet. It is 0 when the last entry was delivered, whatever the server reports: Redis 7.0 counts wrongly
  /// after it has loaded its append-only file. `nil` when the server doesn't know.
  /// - Parameter last: the id of the stream's last entry, read before the group was; `nil` for an empty stream.
  public func lag(behind last: String?) -> Int? {
    guard let last = last.flatMap({ StreamID($0) }), let delivered = StreamID(lastDeliveredID) else { return 0 }
    return delivered >= last ? 0 : lag
  }
}
