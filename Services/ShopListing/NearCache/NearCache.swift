/// A cache of encoded responses by request target, in the memory of one event loop; bounded in bytes.
///
/// An entry records the Redis keys that it depends on and is removed when one of them changes. Keys are stored as hashes: a
/// collision only causes an unnecessary removal. Eviction uses the clock algorithm: the hand skips an entry once if it was
/// referenced since the hand last passed. Not thread-safe: confined to its event loop.
struct NearCache {
  /// A fill in progress; see ``InvalidationLog``.
  struct Fill {
    fileprivate let start: Int
    fileprivate let generation: Int
  }

  struct Statistics: Sendable {
    var hits = 0
    var misses = 0
    var invalidations = 0
    var evictions = 0

    mutating func add(_ other: Statistics) {
      hits += other.hits
      misses += other.misses
      invalidations += other.invalidations
      evictions += other.evictions
    }
  }

  private final class Entry {
    let response: EncodedResponse
    var names: [String]
    let dependencies: [Int]
    let size: Int
    var isReferenced = false

    init(response: EncodedResponse, names: [String], dependencies: [Int], size: Int) {
      self.response = response
      self.names = names
      self.dependencies = dependencies
      self.size = size
    }
  }

  /// The maximum number of names of an entry: the canonical text and equivalent request targets.
  private static let namesPerEntry = 4

  let byteLimit: Int
  private(set) var byteCount = 0
  private(set) var statistics = Statistics()
  private var slots: [Entry?] = []
  private var free: [Int] = []
  private var hand = 0
  private var index: [String: Int] = [:]
  private var dependents: [Int: [Int]] = [:]
  private var invalidations = InvalidationLog()
  private var generation = 0

  /// - Parameter byteLimit: 0 disables the cache.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
  }

  var isOn: Bool { byteLimit > 0 }

  var entryCount: Int { slots.count - free.count }

  mutating func find(_ name: String) -> EncodedResponse? {
    guard let slot = index[name], let entry = slots[slot] else {
      statistics.misses += 1
      return nil
    }
    statistics.hits += 1
    entry.isReferenced = true
    return entry.response
  }

  /// Adds another name to the entry named `known`, unless it has too many.
  mutating func add(name: String, to known: String) {
    guard let slot = index[known], let entry = slots[slot], entry.names.count < Self.namesPerEntry else { return }
    entry.names.append(name)
    index[name] = slot
  }

  /// Begins a fill; to be called before the read is sent.
  mutating func beginFill() -> Fill {
    Fill(start: invalidations.begin(), generation: generation)
  }

  /// Ends a fill, and caches the response unless one of its keys was invalidated meanwhile. Every fill must be ended once.
  ///
  /// - Parameters:
  ///   - names: the names under which it is found.
  ///   - dependencies: the keys that it depends on; without any it isn't cached.
  mutating func endFill(_ fill: Fill, _ response: EncodedResponse, names: [String], dependencies: [String]) {
    let keys = dependencies.map(\.hashValue)
    let isCurrent = invalidations.end(fill.start, dependencies: keys) && fill.generation == generation
    // Besides the bytes: the slot, and a dictionary entry for each name and key.
    let size = response.size + 128 + names.reduce(0) { $0 + 64 + $1.utf8.count } + keys.count * 48
    guard isCurrent, isOn, !keys.isEmpty, size <= byteLimit / 4 else { return }
    for name in names {
      if let slot = index[name] { remove(slot) }
    }
    while byteCount + size > byteLimit { evict() }
    insert(Entry(response: response, names: names, dependencies: keys, size: size))
  }

  /// Removes the entries that depend on these keys.
  mutating func invalidate(_ keys: [String]) {
    for key in keys {
      let hash = key.hashValue
      invalidations.record(hash)
      statistics.invalidations += 1
      for slot in dependents[hash] ?? [] { remove(slot) }
    }
  }

  /// Removes all entries, and discards the fills in progress.
  mutating func reset() {
    generation += 1
    byteCount = 0
    slots = []
    free = []
    hand = 0
    index = [:]
    dependents = [:]
  }

  private mutating func insert(_ entry: Entry) {
    let slot: Int
    if let reused = free.popLast() {
      slot = reused
      slots[slot] = entry
    } else {
      slot = slots.count
      slots.append(entry)
    }
    for name in entry.names { index[name] = slot }
    for key in entry.dependencies { dependents[key, default: []].append(slot) }
    byteCount += entry.size
  }

  private mutating func remove(_ slot: Int) {
    guard let entry = slots[slot] else { return }
    slots[slot] = nil
    free.append(slot)
    byteCount -= entry.size
    for name in entry.names { index[name] = nil }
    for key in entry.dependencies {
      guard var others = dependents.removeValue(forKey: key) else { continue }
      others.removeAll { $0 == slot }
      if !others.isEmpty { dependents[key] = others }
    }
  }

  private mutating func evict() {
    while true {
      if hand >= slots.count { hand = 0 }
      defer { hand += 1 }
      guard let entry = slots[hand] else { continue }
      if entry.isReferenced {
        entry.isReferenced = false
      } else {
        statistics.evictions += 1
        return remove(hand)
      }
    }
  }
}
