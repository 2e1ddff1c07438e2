import Testing

@testable import ShopListingService

@Suite("Search text")
struct SearchTextTests {
  @Test(
    "Text is split into normalized words",
    arguments: [
      ("달빛치킨 서교점", ["달빛치킨", "서교점"]),
      ("BBQ-Chicken(홍대)", ["bbq", "chicken", "홍대"]),
      ("60계 치킨", ["60계", "치킨"]),
      ("  ", []),
      ("!?·", []),
      ("\u{110E}\u{1175}\u{110F}\u{1175}\u{11AB}", ["치킨"]),
      ("ÉCOLE", ["école"]),
    ])
  func words(text: String, expected: [String]) {
    #expect(SearchText.words(of: text).map { SearchText.text($0) } == expected)
  }

  @Test("The terms of a word are its suffixes and the initial consonants of its suffixes, without duplicates")
  func terms() {
    #expect(Set(SearchText.terms(of: SearchText.words(of: "치킨"))) == ["치킨", "킨", "ㅊㅋ", "ㅋ"])
    #expect(SearchText.terms(of: SearchText.words(of: "bb")) == ["b", "bb"])
    #expect(Set(SearchText.terms(of: SearchText.words(of: "b떡"))) == ["b떡", "떡", "bㄸ", "ㄸ"])
  }

  @Test("A term has at most 24 scalars, and a very long name a bounded number of terms")
  func bounds() {
    let word = String(repeating: "가나다라", count: 100)
    let terms = SearchText.terms(of: SearchText.words(of: word))
    #expect(terms.allSatisfy { $0.unicodeScalars.count <= SearchText.longestTerm })
    let many = (0..<5000).map { "w\($0)" }.joined(separator: " ")
    #expect(SearchText.terms(of: SearchText.words(of: many)).count < 1500)
  }

  @Test(
    "A pattern is looked up by the prefix that all its matches have",
    arguments: [
      ("치킨", "치킨", true), ("ㅊㅋ", "ㅊㅋ", true), ("치ㅋ", "ㅊㅋ", false), ("ㅊ킨", "ㅊㅋ", false), ("bbq", "bbq", true),
      ("bㅊ", "bㅊ", true), ("ㅏ", "ㅏ", true),
    ])
  func prefixes(word: String, prefix: String, isExact: Bool) {
    let pattern = SearchPattern(Array(word.unicodeScalars))
    #expect(pattern.prefix == prefix)
    #expect(pattern.isExact == isExact)
  }

  @Test("A pattern longer than a term is looked up by a prefix and compared in full")
  func longPattern() {
    let pattern = SearchPattern(Array(String(repeating: "가", count: 30).unicodeScalars))
    #expect(pattern.prefix.unicodeScalars.count == 24)
    #expect(!pattern.isExact)
  }

  @Test(
    "A pattern matches a part of one word; a consonant matches every syllable that begins with it",
    arguments: [
      ("치ㅋ", true), ("ㅊ킨", true), ("빛ㅊㅋ", true), ("달ㅂ", true), ("치ㅍ", false), ("서치", false), ("킨서", false),
      ("서교점", true), ("점", true), ("달빛치킨요", false),
    ])
  func matches(word: String, expected: Bool) {
    let words = SearchText.words(of: "달빛치킨 서교점")
    #expect(SearchPattern(Array(word.unicodeScalars)).matches(words) == expected)
  }
}
