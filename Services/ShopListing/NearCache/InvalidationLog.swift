import DequeModule

/// Remembers which keys were invalidated while fills of the cache are under way, and no longer.
///
/// An invalidation can overtake the reply that it is about: the value was read, then written, and the message about the write is here
/// before the value. Such a value must not be kept, or it would stay until the next write.
struct InvalidationLog {
  private let limit: Int
  private var keys: Deque<Int> = []
  /// How many keys were noted and dropped before `keys`.
  private var dropped = 0
  private var running: Deque<(start: Int, count: Int)> = []

  /// - Parameter limit: how many keys are remembered; fills from before those are given up.
  init(limit: Int = 16_384) {
    self.limit = limit
  }

  /// How many keys are remembered.
  var count: Int { keys.count }

  /// Begins a fill: call it before the values are asked for.
  mutating func begin() -> Int {
    let start = dropped + keys.count
    if let last = running.last, last.start == start {
      running[running.count - 1].count += 1
    } else {
      running.append((start, 1))
    }
    return start
  }

  /// Notes an invalidated key, by its hash.
  mutating func note(_ key: Int) {
    guard !running.isEmpty else { return }
    keys.append(key)
    if keys.count > limit {
      keys.removeFirst()
      dropped += 1
    }
  }

  /// Ends the fill that began at `start`.
  ///
  /// - Returns: whether what it read is still good, that is, none of `dependencies` was invalidated meanwhile.
  mutating func end(_ start: Int, dependencies: [Int]) -> Bool {
    let isGood = start >= dropped && !keys[(start - dropped)...].contains { dependencies.contains($0) }
    if let index = running.firstIndex(where: { $0.start == start }) { running[index].count -= 1 }
    while let first = running.first, first.count == 0 { running.removeFirst() }
    let needed = running.first.map { max(0, $0.start - dropped) } ?? keys.count
    keys.removeFirst(min(needed, keys.count))
    dropped += needed
    return isGood
  }
}
