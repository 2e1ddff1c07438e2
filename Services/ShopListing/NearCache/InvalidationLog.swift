import DequeModule

/// The keys that were invalidated during the cache fills in progress.
///
/// An invalidation can overtake the reply to an earlier read: the value was read, then written, and the invalidation arrives
/// before the stale value. Such a value must not be cached, or it would stay until the next write.
struct InvalidationLog {
  private let limit: Int
  private var keys: Deque<Int> = []
  /// How many keys were recorded and removed before `keys`.
  private var removed = 0
  private var running: Deque<(start: Int, count: Int)> = []

  /// - Parameter limit: the maximum number of recorded keys; a fill that began before the oldest one fails.
  init(limit: Int = 16_384) {
    self.limit = limit
  }

  /// The number of recorded keys.
  var count: Int { keys.count }

  /// Begins a fill; to be called before the read is sent.
  mutating func begin() -> Int {
    let start = removed + keys.count
    if let last = running.last, last.start == start {
      running[running.count - 1].count += 1
    } else {
      running.append((start, 1))
    }
    return start
  }

  /// Records the hash of an invalidated key.
  mutating func record(_ key: Int) {
    guard !running.isEmpty else { return }
    keys.append(key)
    if keys.count > limit {
      keys.removeFirst()
      removed += 1
    }
  }

  /// Ends the fill that began at `start`.
  ///
  /// - Returns: whether the values read are current, that is, none of `dependencies` was invalidated meanwhile.
  mutating func end(_ start: Int, dependencies: [Int]) -> Bool {
    let isCurrent = start >= removed && !keys[(start - removed)...].contains { dependencies.contains($0) }
    if let index = running.firstIndex(where: { $0.start == start }) { running[index].count -= 1 }
    while let first = running.first, first.count == 0 { running.removeFirst() }
    let needed = running.first.map { max(0, $0.start - removed) } ?? keys.count
    keys.removeFirst(min(needed, keys.count))
    removed += needed
    return isCurrent
  }
}
