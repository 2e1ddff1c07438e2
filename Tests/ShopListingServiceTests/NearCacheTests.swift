import HTTPTypes
import NIOCore
import Testing

@testable import ShopListingService

@Suite("The near cache")
struct NearCacheTests {
  private func response(_ text: String, size: Int = 0) -> EncodedResponse {
    EncodedResponse(.document(ByteBuffer(string: text + String(repeating: " ", count: size)), dependencies: []))
  }

  private func fill(_ cache: inout NearCache, _ name: String, from keys: [String], size: Int = 0) {
    let fill = cache.beginFill()
    cache.endFill(fill, response(name, size: size), names: [name], dependencies: keys)
  }

  private func has(_ cache: NearCache, _ name: String) -> Bool {
    var cache = cache
    return cache.find(name) != nil
  }

  @Test("An entry is found by each of its names until one of its keys is invalidated")
  func dependencies() {
    var cache = NearCache(byteLimit: 1 << 20)
    let running = cache.beginFill()
    cache.endFill(running, response("page"), names: ["canonical", "raw"], dependencies: ["list:a", "card:1", "card:2"])
    fill(&cache, "other", from: ["list:b", "card:2"])
    cache.add(name: "third", to: "canonical")
    #expect(has(cache, "canonical") && has(cache, "raw") && has(cache, "third"))
    cache.invalidate(["card:3"])
    #expect(cache.entryCount == 2)
    cache.invalidate(["card:1"])
    #expect(!has(cache, "canonical") && !has(cache, "raw") && !has(cache, "third"))
    #expect(has(cache, "other"))
    cache.invalidate(["card:2"])
    #expect(cache.entryCount == 0)
    #expect(cache.byteCount == 0)
  }

  @Test("A key that changes between the read and the fill prevents the fill")
  func race() {
    var cache = NearCache(byteLimit: 1 << 20)
    let late = cache.beginFill()
    cache.invalidate(["card:1"])
    let after = cache.beginFill()
    cache.endFill(late, response("old"), names: ["a"], dependencies: ["list", "card:1"])
    #expect(!has(cache, "a"))
    cache.endFill(after, response("new"), names: ["a"], dependencies: ["list", "card:1"])
    #expect(has(cache, "a"))
  }

  @Test("An invalidated key does not prevent a fill that does not depend on it")
  func unrelated() {
    var cache = NearCache(byteLimit: 1 << 20)
    let running = cache.beginFill()
    cache.invalidate(["card:9"])
    cache.endFill(running, response("page"), names: ["a"], dependencies: ["card:1"])
    #expect(has(cache, "a"))
  }

  @Test("A reset removes all entries and discards the fills in progress")
  func reset() {
    var cache = NearCache(byteLimit: 1 << 20)
    fill(&cache, "a", from: ["k"])
    let running = cache.beginFill()
    cache.reset()
    cache.endFill(running, response("b"), names: ["b"], dependencies: ["l"])
    #expect(!has(cache, "a") && !has(cache, "b"))
    #expect(cache.entryCount == 0 && cache.byteCount == 0)
    fill(&cache, "c", from: ["k"])
    #expect(has(cache, "c"))
  }

  @Test("The cache stays within its byte limit and evicts unreferenced entries first")
  func eviction() {
    var cache = NearCache(byteLimit: 64 * 1024)
    fill(&cache, "referenced", from: ["w"], size: 2000)
    for number in 0..<200 {
      fill(&cache, "page\(number)", from: ["k\(number)"], size: 2000)
      let referenced = cache.find("referenced")
      #expect(referenced != nil)
      #expect(cache.byteCount <= cache.byteLimit)
    }
    #expect(cache.statistics.evictions > 100)
    #expect(!has(cache, "page0"))
    #expect(has(cache, "page199"))
  }

  @Test("A response without keys or of more than a quarter of the cache is not cached; a disabled cache caches nothing")
  func notCached() {
    var cache = NearCache(byteLimit: 64 * 1024)
    fill(&cache, "problem", from: [])
    fill(&cache, "huge", from: ["k"], size: 40_000)
    #expect(cache.entryCount == 0)
    var off = NearCache(byteLimit: 0)
    fill(&off, "a", from: ["k"])
    #expect(off.entryCount == 0)
  }

  @Test("A second fill of a name replaces the entry")
  func replaces() {
    var cache = NearCache(byteLimit: 1 << 20)
    fill(&cache, "a", from: ["k"])
    fill(&cache, "a", from: ["l"])
    #expect(cache.entryCount == 1)
    cache.invalidate(["k"])
    #expect(has(cache, "a"))
    cache.invalidate(["l"])
    #expect(cache.entryCount == 0)
  }

  @Test("The invalidation log begins at the oldest fill in progress, and is empty without fills")
  func log() {
    var log = InvalidationLog()
    log.record(1)
    #expect(log.count == 0)
    let first = log.begin()
    log.record(1)
    let second = log.begin()
    log.record(2)
    #expect(log.count == 2)
    let isSecondCurrent = log.end(second, dependencies: [1])
    #expect(isSecondCurrent)
    #expect(log.count == 2)
    let isFirstCurrent = log.end(first, dependencies: [1])
    #expect(!isFirstCurrent)
    #expect(log.count == 0)
    let third = log.begin()
    let isThirdCurrent = log.end(third, dependencies: [1, 2])
    #expect(isThirdCurrent)
  }

  @Test("A fill that began before the oldest recorded key fails")
  func logLimit() {
    var log = InvalidationLog(limit: 10)
    let old = log.begin()
    for key in 0..<11 { log.record(key) }
    #expect(log.count == 10)
    let isOldCurrent = log.end(old, dependencies: [100])
    #expect(!isOldCurrent)
    #expect(log.count == 0)
  }

  @Test("Fills can end in any order; the log is empty afterwards")
  func anyOrder() {
    var log = InvalidationLog()
    var starts: [Int] = []
    for key in 0..<50 {
      starts.append(log.begin())
      log.record(key)
    }
    for start in starts.shuffled() { _ = log.end(start, dependencies: []) }
    #expect(log.count == 0)
  }

  @Test("A matching If-None-Match gets 304: strong, weak, in a list, or *")
  func conditional() {
    let encoded = EncodedResponse(.document(ByteBuffer(string: "{}"), dependencies: ["shop:1"], entityTag: "v7"))
    #expect(String(buffer: encoded.bytes(ifNoneMatch: nil)).hasPrefix("HTTP/1.1 200 OK\r\n"))
    for tag in ["\"v7\"", "W/\"v7\"", "\"v6\", \"v7\"", "*"] {
      #expect(String(buffer: encoded.bytes(ifNoneMatch: tag)).hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
    }
    for tag in ["\"v6\"", "v7", ""] {
      #expect(String(buffer: encoded.bytes(ifNoneMatch: tag)).hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
    #expect(!String(buffer: encoded.bytes(ifNoneMatch: "*")).contains("content-length"))
  }
}
