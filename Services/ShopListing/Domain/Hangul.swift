/// Composition of Hangul syllables (The Unicode Standard, section 3.12) and their initial consonants.
enum Hangul {
  private static let firstSyllable: UInt32 = 0xAC00
  private static let firstLeading: UInt32 = 0x1100
  private static let firstVowel: UInt32 = 0x1161
  private static let beforeTrailing: UInt32 = 0x11A7
  private static let leadingCount: UInt32 = 19
  private static let vowelCount: UInt32 = 21
  private static let trailingCount: UInt32 = 28
  private static let syllablesPerLeading: UInt32 = 588

  /// The 19 initial consonants in syllable order, as compatibility jamo (the characters that a keyboard types).
  private static let initials = Array("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ".unicodeScalars)
  private static let initialSet = Set(initials)

  /// The consonant clusters into which a Korean keyboard combines two consonants typed in sequence.
  private static let clusters: [Unicode.Scalar: [Unicode.Scalar]] = [
    "ㄳ": ["ㄱ", "ㅅ"], "ㄵ": ["ㄴ", "ㅈ"], "ㄶ": ["ㄴ", "ㅎ"], "ㄺ": ["ㄹ", "ㄱ"], "ㄻ": ["ㄹ", "ㅁ"], "ㄼ": ["ㄹ", "ㅂ"],
    "ㄽ": ["ㄹ", "ㅅ"], "ㄾ": ["ㄹ", "ㅌ"], "ㄿ": ["ㄹ", "ㅍ"], "ㅀ": ["ㄹ", "ㅎ"], "ㅄ": ["ㅂ", "ㅅ"],
  ]

  /// A syllable's initial consonant (`치` → `ㅊ`); `nil` if the scalar is not a syllable.
  static func initial(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
    guard (0xAC00...0xD7A3).contains(scalar.value) else { return nil }
    return initials[Int((scalar.value - firstSyllable) / syllablesPerLeading)]
  }

  /// Whether the scalar is a compatibility jamo that can be an initial consonant.
  static func isInitial(_ scalar: Unicode.Scalar) -> Bool {
    initialSet.contains(scalar)
  }

  /// Composes decomposed syllables (NFD, as some file systems and keyboards produce), converts unpaired leading consonants to
  /// compatibility jamo, and splits consonant clusters: `ㄳ` → `ㄱㅅ`.
  static func composed(_ scalars: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    var output: [Unicode.Scalar] = []
    for scalar in scalars {
      if let last = output.last, let joined = join(last, scalar) {
        output[output.count - 1] = joined
      } else {
        output.append(scalar)
      }
    }
    return output.flatMap { clusters[$0] ?? [compatibilityJamo($0)] }
  }

  private static func join(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Unicode.Scalar? {
    if (firstLeading..<firstLeading + leadingCount).contains(left.value),
      (firstVowel..<firstVowel + vowelCount).contains(right.value)
    {
      let pair = (left.value - firstLeading) * vowelCount + right.value - firstVowel
      return Unicode.Scalar(firstSyllable + pair * trailingCount)
    }
    if (0xAC00...0xD7A3).contains(left.value), (left.value - firstSyllable) % trailingCount == 0,
      (beforeTrailing + 1..<beforeTrailing + trailingCount).contains(right.value)
    {
      return Unicode.Scalar(left.value + right.value - beforeTrailing)
    }
    return nil
  }

  private static func compatibilityJamo(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    guard (firstLeading..<firstLeading + leadingCount).contains(scalar.value) else { return scalar }
    return initials[Int(scalar.value - firstLeading)]
  }
}
