/// The normalization of names and queries, and the index terms of a name.
///
/// Both are normalized by ``words(of:)``: composed Hangul, lower case, split at everything that is not alphanumeric.
enum SearchText {
  /// The maximum number of scalars of an index term; a longer query word is looked up by a prefix of this length.
  static let longestTerm = 24

  /// The normalized words of a text, in order.
  static func words(of text: String) -> [[Unicode.Scalar]] {
    Hangul.composed(text.lowercased().unicodeScalars)
      .split { !isWordScalar($0) }
      .map(Array.init)
  }

  /// The index terms of a text with these words: each suffix of each word (a prefix lookup then finds any part of it), and the
  /// same for the word's initial consonants. Distinct, in byte order; bounded for very long texts.
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

/// One word of a query. A consonant by itself matches every syllable that begins with it.
struct SearchPattern: Hashable, Sendable {
  let scalars: [Unicode.Scalar]
  private let consonants: Int

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    consonants = scalars.count(where: Hangul.isInitial)
  }

  /// The prefix of at least one index term of every match.
  ///
  /// If the pattern contains a consonant this is a prefix of initial consonants, which also finds shops that a mixed pattern such
  /// as `치ㅋ` does not match; see ``isExact``.
  var prefix: String {
    let indexed = consonants == 0 ? scalars : scalars.map { Hangul.initial(of: $0) ?? $0 }
    return SearchText.text(indexed.prefix(SearchText.longestTerm))
  }

  /// An estimate, higher for fewer expected matches: it grows with length, and a syllable is more selective than a consonant.
  var selectivity: Int { min(scalars.count, SearchText.longestTerm) * 8 - consonants * 5 }

  /// Whether every shop found by ``prefix`` is a match, so that its words need not be compared.
  var isExact: Bool {
    guard scalars.count <= SearchText.longestTerm else { return false }
    return consonants == 0 || !scalars.contains { Hangul.initial(of: $0) != nil }
  }

  /// Whether the pattern matches a part of one of the words.
  func matches(_ words: [[Unicode.Scalar]]) -> Bool {
    words.contains { word in
      guard word.count >= scalars.count else { return false }
      return (0...word.count - scalars.count).contains { start in
        zip(scalars, word[start...]).allSatisfy { $0 == $1 || Hangul.initial(of: $1) == $0 }
      }
    }
  }
}
