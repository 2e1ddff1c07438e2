/// The rules of a __words__; the database checks the same bounds.
enum __Aggregate__Rules {
  static let nameLength = 1...100

  /// What is wrong with a name; `nil` if nothing is. Lengths count Unicode scalars, as the database does.
  static func violation(ofName name: String) -> String? {
    guard nameLength.contains(name.unicodeScalars.count) else {
      return "must have \(nameLength.lowerBound) to \(nameLength.upperBound) characters"
    }
    if name.unicodeScalars.allSatisfy(\.properties.isWhitespace) { return "must not be blank" }
    let hasControls = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    return hasControls ? "must not contain control characters" : nil
  }
}
