import HTTPTypes
import NIOCore
import Testing

@testable import ShopListingService

@Suite("The near cache")
struct NearCacheTests {
  private func answer(_ text: String, size: Int = 0) -> EncodedAnswer {
    EncodedAnswer(.document(ByteBuffer(string: text + String(repeating: " ", count: size)), dependencies: []))
  }

  private func fill(_ cache: inout NearCache, _ name: String, from keys: [String], size: Int = 0) {
    let fill = cache.beginFill()
    cache.end(fill, answer(name, size: size), names: [name], dependencies: keys)
  }

  private func has(_ cache: NearCache, _ name: String) -> Bool {
    var cache = cache
    return cache.find(name) != nil
  }

  @Test("What was filled is found, by all its names, until one of its keys changes")
  func dependencies() {
    var cache = NearCache(byteLimit: 1 << 20)
    let running = cache.beginFill()
    cache.end(running, answer("page"), names: ["canonical", "raw"], dependencies: ["list:a", "card:1", "card:2"])
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
    cache.end(late, answer("old"), names: ["a"], dependencies: ["list", "card:1"])
    #expect(!has(cache, "a"))
    cache.end(after, answer("new"), names: ["a"], dependencies: ["list", "card:1"])
    #expect(has(cache, "a"))
  }

  @Test("A key that changes during a fill of something else is no hindrance")
  func unrelated() {
    var cache = NearCache(byteLimit: 1 << 20)
    let running = cache.beginFill()
    cache.invalidate(["card:9"])
    cache.end(running, answer("page"), names: ["a"], dependencies: ["card:1"])
    #expect(has(cache, "a"))
  }

  @Test("A reset empties it, and stops the fills that are under way")
  func reset() {
    var cache = NearCache(byteLimit: 1 << 20)
    fill(&cache, "a", from: ["k"])
    let running = cache.beginFill()
    cache.reset()
    cache.end(running, answer("b"), names: ["b"], dependencies: ["l"])
    #expect(!has(cache, "a") && !has(cache, "b"))
    #expect(cache.entryCount == 0 && cache.byteCount == 0)
    fill(&cache, "c", from: ["k"])
    #expect(has(cache, "c"))
  }

  @Test("It stays within its bytes, and what is asked for stays longest")
  func eviction() {
    var cache = NearCache(byteLimit: 64 * 1024)
    fill(&cache, "wanted", from: ["w"], size: 2000)
    for number in 0..<200 {
      fill(&cache, "page\(number)", from: ["k\(number)"], size: 2000)
      let wanted = cache.find("wanted")
      #expect(wanted != nil)
      #expect(cache.byteCount <= cache.byteLimit)
    }
    #expect(cache.statistics.evictions > 100)
    #expect(!has(cache, "page0"))
    #expect(has(cache, "page199"))
  }

  @Test("An answer without keys, or as large as the cache, isn't kept; nor anything when it is off")
  func notKept() {
    var cache = NearCache(byteLimit: 64 * 1024)
    fill(&cache, "problem", from: [])
    fill(&cache, "huge", from: ["k"], size: 40_000)
    #expect(cache.entryCount == 0)
    var off = NearCache(byteLimit: 0)
    fill(&off, "a", from: ["k"])
    #expect(off.entryCount == 0)
  }

  @Test("Filling a name again replaces what was there")
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

  @Test("The log of invalidations is as long as the oldest fill is old, and empty without fills")
  func log() {
    var log = InvalidationLog()
    log.note(1)
    #expect(log.count == 0)
    let first = log.begin()
    log.note(1)
    let second = log.begin()
    log.note(2)
    #expect(log.count == 2)
    let isSecondGood = log.end(second, dependencies: [1])
    #expect(isSecondGood)
    #expect(log.count == 2)
    let isFirstGood = log.end(first, dependencies: [1])
    #expect(!isFirstGood)
    #expect(log.count == 0)
    let third = log.begin()
    let isThirdGood = log.end(third, dependencies: [1, 2])
    #expect(isThirdGood)
  }

  @Test("A fill that is older than the log reaches is given up")
  func logLimit() {
    var log = InvalidationLog(limit: 10)
    let old = log.begin()
    for key in 0..<11 { log.note(key) }
    #expect(log.count == 10)
    let isOldGood = log.end(old, dependencies: [100])
    #expect(!isOldGood)
    #expect(log.count == 0)
  }

  @Test("Fills that end in any order leave nothing behind")
  func anyOrder() {
    var log = InvalidationLog()
    var starts: [Int] = []
    for key in 0..<50 {
      starts.append(log.begin())
      log.note(key)
    }
    for start in starts.shuffled() { _ = log.end(start, dependencies: []) }
    #expect(log.count == 0)
  }

  @Test("304 answers whoever has the version, by its tag, weak or in a list")
  func conditional() {
    let encoded = EncodedAnswer(.document(ByteBuffer(string: "{}"), dependencies: ["shop:1"], entityTag: "v7"))
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
