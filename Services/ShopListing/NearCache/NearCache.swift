/// Complete encoded responses by request target, in the memory of one event loop; bounded in bytes.
///
/// An entry knows the keys in Redis that it was made from, and goes when one of them changes. Keys are held as hashes: two keys of one
/// hash only cost an entry that needn't have gone. What is asked for least goes first when room is needed (the clock algorithm: an entry
/// that was asked for since the hand last passed is passed over once). Not thread-safe: it belongs to its event loop.
struct NearCache {
  /// A fill under way; see ``InvalidationLog``.
  struct Fill {
    fileprivate let start: Int
    fileprivate let generation: Int
  }

  struct Statistics {
    var hits = 0
    var misses = 0
    var invalidations = 0
    var evictions = 0
  }

  private final class Entry {
    let answer: EncodedAnswer
    var names: [String]
    let dependencies: [Int]
    let size: Int
    var isWanted = false

    init(answer: EncodedAnswer, names: [String], dependencies: [Int], size: Int) {
      self.answer = answer
      self.names = names
      self.dependencies = dependencies
      self.size = size
    }
  }

  /// How many spellings of the same request lead to an entry directly.
  private static let namesPerEntry = 4

  let byteLimit: Int
  private(set) var byteCount = 0
  private(set) var statistics = Statistics()
  private var slots: [Entry?] = []
  private var free: [Int] = []
  private var hand = 0
  private var index: [String: Int] = [:]
  private var dependents: [Int: [Int]] = [:]
  private var log = InvalidationLog()
  private var generation = 0

  /// - Parameter byteLimit: 0 turns it off.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
  }

  var isOn: Bool { byteLimit > 0 }

  var entryCount: Int { slots.count - free.count }

  /// The answer that is kept under this name.
  mutating func find(_ name: String) -> EncodedAnswer? {
    guard let slot = index[name], let entry = slots[slot] else {
      statistics.misses += 1
      return nil
    }
    statistics.hits += 1
    entry.isWanted = true
    return entry.answer
  }

  /// Makes another spelling lead to an entry, if it is there and has few.
  mutating func add(name: String, to known: String) {
    guard let slot = index[known], let entry = slots[slot], entry.names.count < Self.namesPerEntry else { return }
    entry.names.append(name)
    index[name] = slot
  }

  /// To be called before Redis is asked.
  mutating func beginFill() -> Fill {
    Fill(start: log.begin(), generation: generation)
  }

  /// Ends a fill, and keeps the answer unless one of its keys was invalidated meanwhile. Every fill must be ended once.
  ///
  /// - Parameters:
  ///   - names: the targets that it answers.
  ///   - dependencies: the keys that it was made from; without any it isn't kept.
  mutating func end(_ fill: Fill, _ answer: EncodedAnswer, names: [String], dependencies: [String]) {
    let keys = dependencies.map(\.hashValue)
    let isGood = log.end(fill.start, dependencies: keys) && fill.generation == generation
    // Beside the bytes: the slot, and for each name and key its place in a dictionary.
    let size = answer.size + 128 + names.reduce(0) { $0 + 64 + $1.utf8.count } + keys.count * 48
    guard isGood, isOn, !keys.isEmpty, size <= byteLimit / 4 else { return }
    for name in names {
      if let slot = index[name] { remove(slot) }
    }
    while byteCount + size > byteLimit { evict() }
    insert(Entry(answer: answer, names: names, dependencies: keys, size: size))
  }

  /// Drops everything that was made from these keys.
  mutating func invalidate(_ keys: [String]) {
    for key in keys {
      let hash = key.hashValue
      log.note(hash)
      statistics.invalidations += 1
      for slot in dependents[hash] ?? [] { remove(slot) }
    }
  }

  /// Drops everything, and what is being filled too.
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
      if entry.isWanted {
        entry.isWanted = false
      } else {
        statistics.evictions += 1
        return remove(hand)
      }
    }
  }
}
