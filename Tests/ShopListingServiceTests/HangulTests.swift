import Testing

@testable import ShopListingService

@Suite("Hangul")
struct HangulTests {
  @Test(
    "Syllables are composed, unpaired leading consonants become compatibility jamo, and clusters are split",
    arguments: [
      ("치킨", "치킨"),
      ("\u{110E}\u{1175}\u{110F}\u{1175}\u{11AB}", "치킨"),
      ("치\u{110F}\u{1175}\u{11AB}", "치킨"),
      ("키\u{11AB}", "킨"),
      ("\u{110E}\u{110F}", "ㅊㅋ"),
      ("ㄱㅅ", "ㄱㅅ"),
      ("ㄳ", "ㄱㅅ"),
      ("ㅄ", "ㅂㅅ"),
      ("ㅀ치", "ㄹㅎ치"),
      ("ㄲㄸ", "ㄲㄸ"),
      ("킨\u{11AB}", "킨\u{11AB}"),
      ("bbq", "bbq"),
      ("", ""),
    ])
  func composes(input: String, expected: String) {
    let composed = SearchText.text(Hangul.composed(input.unicodeScalars))
    // String equality is canonical equivalence, which doesn't distinguish composed from decomposed text.
    #expect(Array(composed.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test("Every syllable is composed from its decomposition")
  func allSyllables() {
    for value in 0xAC00...0xD7A3 {
      let index = UInt32(value - 0xAC00)
      var parts = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
      if index % 28 > 0 { parts.append(0x11A7 + index % 28) }
      let composed = Hangul.composed(parts.compactMap { Unicode.Scalar($0) })
      #expect(composed.map(\.value) == [UInt32(value)])
    }
  }

  @Test(
    "A syllable has its initial consonant",
    arguments: [("가", "ㄱ"), ("까", "ㄲ"), ("힣", "ㅎ"), ("치", "ㅊ"), ("킨", "ㅋ"), ("쭈", "ㅉ"), ("앙", "ㅇ")])
  func initials(syllable: Character, consonant: Character) {
    #expect(Hangul.initial(of: syllable.unicodeScalars.first!) == consonant.unicodeScalars.first!)
  }

  @Test("A scalar that is not a syllable has no initial consonant", arguments: ["ㅊ", "a", "1", "漢", "ㅏ"] as [Character])
  func noInitials(character: Character) {
    #expect(Hangul.initial(of: character.unicodeScalars.first!) == nil)
  }
}
