import Contracts
import NIOCore
import Redis

/// Search: a range of the index for the most selective word, filtered by the other words.
extension ReadModelReader {
  /// The maximum number of index entries read per district; of a word with more entries, the first in byte order are used.
  private static let entriesPerDistrict = 400

  func search(_ query: SearchQuery) -> EventLoopFuture<ReadResult> {
    let districts = query.district.map { [$0] } ?? District.allCases
    let keys = districts.map { ReadModelKeys.search($0) }
    let patterns = query.words.map { SearchPattern(Array($0.unicodeScalars)) }
    guard let selective = patterns.max(by: { $0.selectivity < $1.selectivity }) else {
      return page(of: [], next: nil, readFrom: [], mayBeEmpty: true)
    }
    let limit = query.district == nil ? Self.entriesPerDistrict : Self.entriesPerDistrict * 5
    // UTF-8 never contains the byte 0xFF, so this is the range of everything with the prefix.
    let ranges = keys.map {
      RedisCommand.zrangeByLex(
        $0, min: .string("[" + selective.prefix), max: .bytes(Array("(\(selective.prefix)".utf8) + [0xFF]), limit: limit)
    }
    let rest = patterns.filter { $0 != selective || !selective.isExact }
    return redis.send(ranges)
      .flatMapThrowing { try Self.hits($0).drop { hit in query.after.map { !($0 < hit) } ?? false } }
      .flatMap { self.matching(rest, among: $0, limit: query.limit + 1) }
      .flatMap { hits in
        let page = hits.prefix(query.limit)
        let next = hits.count > query.limit ? page.last.map { PagePosition.search($0) } : nil
        return self.page(of: page.map { $0.shop.description[...] }, next: next, readFrom: keys, mayBeEmpty: query.after != nil)
      }
  }

  /// The distinct shops of index entries, in the order of results.
  private static func hits(_ replies: [RedisValue]) throws -> ArraySlice<SearchHit> {
    var hits: Set<SearchHit> = []
    for reply in replies {
      for entry in try reply.elements() {
        // Only the suffix is parsed; it is ASCII of fixed length.
        guard let bytes = entry.bytes, let suffix = bytes.getString(at: bytes.writerIndex - 37, length: 37) else { continue }
        if let hit = SearchHit(text: suffix) { hits.insert(hit) }
      }
    }
    return hits.sorted()[...]
  }

  /// The first `limit` hits whose shops match all patterns; reads the shops' words in chunks until there are enough.
  private func matching(
    _ patterns: [SearchPattern], among hits: ArraySlice<SearchHit>, limit: Int, found: [SearchHit] = []
  ) -> EventLoopFuture<[SearchHit]> {
    if patterns.isEmpty { return redis.eventLoop.makeSucceededFuture(Array(hits.prefix(limit))) }
    if hits.isEmpty || found.count >= limit { return redis.eventLoop.makeSucceededFuture(Array(found.prefix(limit))) }
    let chunk = hits.prefix(256)
    return redis.send(chunk.map { .hget(ReadModelKeys.shop($0.shop), "words") }).flatMap { replies in
      let matches = zip(chunk, replies).filter { _, reply in
        let words = (reply.string ?? "").split(separator: " ").map { Array($0.unicodeScalars) }
        return patterns.allSatisfy { $0.matches(words) }
      }
      return self.matching(patterns, among: hits.dropFirst(chunk.count), limit: limit, found: found + matches.map(\.0))
    }
  }
}
