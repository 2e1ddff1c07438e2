public import Redis

extension RedisStreamGroup {
  /// Entries not delivered yet: none when the last one was, whatever the server counts. Redis 7.0 goes on with counts that don't fit together
  /// when it has read its file again. `nil` where it can't tell.
  /// - Parameter last: the id of the stream's last entry, read before the group was; `nil` for an empty stream.
  public func lag(behind last: String?) -> Int? {
    guard let last = last.flatMap({ StreamID($0) }), let delivered = StreamID(lastDeliveredID) else { return 0 }
    return delivered >= last ? 0 : lag
  }
}
