import Contracts
import NIOCore
import Redis

/// Search: one range of the index for the most telling word, narrowed by what the other words ask for.
extension ReadModelReader {
  /// How many index entries one district contributes at most; a word that finds more is answered by the first in byte order.
  private static let entriesPerDistrict = 400

  func search(_ query: SearchQuery) -> EventLoopFuture<ReadAnswer> {
    let districts = query.district.map { [$0] } ?? District.allCases
    let keys = districts.map { ReadModelKeys.search($0) }
    let patterns = query.words.map { SearchPattern(Array($0.unicodeScalars)) }
    guard let telling = patterns.max(by: { $0.selectivity < $1.selectivity }) else {
      return page(of: [], next: nil, madeFrom: [], mayBeEmpty: true)
    }
    let limit = query.district == nil ? Self.entriesPerDistrict : Self.entriesPerDistrict * 5
    // No UTF-8 text has the byte 0xFF, so this is the range of everything that begins with the prefix.
    let ranges = keys.map {
      RedisCommand.zrangeByLex(
        $0, min: .string("[" + telling.prefix), max: .bytes(Array("(\(telling.prefix)".utf8) + [0xFF]), limit: limit)
    }
    let rest = patterns.filter { $0 != telling || !telling.isExact }
    return redis.send(ranges)
      .flatMapThrowing { try Self.hits($0).drop { hit in query.after.map { !($0 < hit) } ?? false } }
      .flatMap { self.matching(rest, among: $0, wanted: query.limit + 1) }
      .flatMap { hits in
        let page = hits.prefix(query.limit)
        let next = hits.count > query.limit ? page.last.map { SearchQuery.cursor(behind: $0) } : nil
        return self.page(of: page.map { $0.shop.description[...] }, next: next, madeFrom: keys, mayBeEmpty: query.after != nil)
      }
  }

  /// The distinct shops that index entries lead to, in the order of results.
  private static func hits(_ replies: [RedisValue]) throws -> ArraySlice<SearchHit> {
    var hits: Set<SearchHit> = []
    for reply in replies {
      for entry in try reply.elements() {
        // The end is ASCII, and nothing but the end is of interest.
        guard let bytes = entry.bytes, let end = bytes.getString(at: bytes.writerIndex - 37, length: 37) else { continue }
        if let hit = SearchHit(text: end) { hits.insert(hit) }
      }
    }
    return hits.sorted()[...]
  }

  /// The first of the hits whose shops match all patterns, looked at in chunks until enough are found.
  private func matching(
    _ patterns: [SearchPattern], among hits: ArraySlice<SearchHit>, wanted: Int, found: [SearchHit] = []
  ) -> EventLoopFuture<[SearchHit]> {
    if patterns.isEmpty { return redis.eventLoop.makeSucceededFuture(Array(hits.prefix(wanted))) }
    if hits.isEmpty || found.count >= wanted { return redis.eventLoop.makeSucceededFuture(Array(found.prefix(wanted))) }
    let chunk = hits.prefix(256)
    return redis.send(chunk.map { .hget(ReadModelKeys.shop($0.shop), "words") }).flatMap { replies in
      let matches = zip(chunk, replies).filter { _, reply in
        let words = (reply.string ?? "").split(separator: " ").map { Array($0.unicodeScalars) }
        return patterns.allSatisfy { $0.matches(words) }
      }
      return self.matching(patterns, among: hits.dropFirst(chunk.count), wanted: wanted, found: found + matches.map(\.0))
    }
  }
}
