/// How names and queries become comparable words, and what of a name is put in the search index.
///
/// Both sides pass through ``words(of:)``: composed Hangul, lower case, split at everything that is neither letter nor digit.
enum SearchText {
  /// The most scalars of an index term; a longer query word is looked up by this much of its beginning.
  static let longestTerm = 24

  /// The comparable words of a text, in order.
  static func words(of text: String) -> [[Unicode.Scalar]] {
    Hangul.composed(text.lowercased().unicodeScalars)
      .split { !isWordScalar($0) }
      .map(Array.init)
  }

  /// Every term that finds a text with these words: each end of each word (so that a prefix lookup finds any part of it), and the same of
  /// the word's initial consonants. In byte order, each once; of a name too long to be one, only the beginning.
  static func terms(of words: [[Unicode.Scalar]]) -> [String] {
    var terms: Set<String> = []
    for word in words where terms.count < 1000 {
      let initials = word.map { Hangul.initial(of: $0) ?? $0 }
      for start in word.indices.prefix(200) {
        terms.insert(text(word[start...].prefix(longestTerm)))
        terms.insert(text(initials[start...].prefix(longestTerm)))
      }
    }
    return terms.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      || scalar.properties.generalCategory == .nonspacingMark
  }
}

/// One word of a query: a run of scalars in which a stand-alone consonant stands for every syllable that begins with it.
struct SearchPattern: Hashable, Sendable {
  let scalars: [Unicode.Scalar]
  private let consonants: Int

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    consonants = scalars.count(where: Hangul.isInitial)
  }

  /// The beginning that every index term of a match has.
  ///
  /// With a consonant anywhere in the pattern this is looked up among the initial consonants, which finds too much for a mixed pattern
  /// such as `치ㅋ`; see ``isExact``.
  var prefix: String {
    let looked = consonants == 0 ? scalars : scalars.map { Hangul.initial(of: $0) ?? $0 }
    return SearchText.text(looked.prefix(SearchText.longestTerm))
  }

  /// How few shops it can be expected to find: long patterns few, and a syllable fewer than its consonant.
  var selectivity: Int { min(scalars.count, SearchText.longestTerm) * 8 - consonants * 5 }

  /// Whether everything that ``prefix`` finds is a match, so that the words themselves needn't be looked at.
  var isExact: Bool {
    guard scalars.count <= SearchText.longestTerm else { return false }
    return consonants == 0 || !scalars.contains { Hangul.initial(of: $0) != nil }
  }

  /// Whether some part of one of the words fits.
  func matches(_ words: [[Unicode.Scalar]]) -> Bool {
    words.contains { word in
      guard word.count >= scalars.count else { return false }
      return (0...word.count - scalars.count).contains { start in
        zip(scalars, word[start...]).allSatisfy { $0 == $1 || Hangul.initial(of: $1) == $0 }
      }
    }
  }
}
