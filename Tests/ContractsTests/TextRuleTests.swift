import Contracts
import Testing

@Suite("Rules for values in requests")
struct TextRuleTests {
  private func detail(_ text: String, _ rule: TextRule) -> String? {
    rule.error(in: text, at: "/name")?.detail
  }

  @Test("Lengths are in Unicode scalars, and the error names both bounds")
  func length() {
    let rule = TextRule(2...3)
    #expect(detail("가나", rule) == nil && detail("가나다", rule) == nil)
    #expect(detail("가", rule) == "must have 2 to 3 characters")
    #expect(detail("가나다라", rule) == "must have 2 to 3 characters")
    // One character for a person, four scalars for PostgreSQL.
    #expect(detail("👩‍🚀!", rule) == "must have 2 to 3 characters")
  }

  @Test("Control characters are refused; line feeds may be allowed")
  func control() {
    #expect(detail("a\nb", TextRule(1...9)) == "must not contain control characters")
    #expect(detail("a\nb", TextRule(1...9, allowsLineFeeds: true)) == nil)
    #expect(detail("a\tb", TextRule(1...9, allowsLineFeeds: true)) == "must not contain control characters except line feeds")
  }

  @Test("A blank text is refused unless it may be empty")
  func blank() {
    #expect(detail(" \u{3000}", TextRule(1...9)) == "must not be blank")
    #expect(detail(" ", TextRule(0...9)) == nil && detail("", TextRule(0...9)) == nil)
  }

  @Test("A number outside its range is an error that names the range")
  func range() {
    #expect(FieldError(5, outside: 1...5, at: "/rating") == nil)
    #expect(FieldError(6, outside: 1...5, at: "/rating") == FieldError(pointer: "/rating", detail: "must lie between 1 and 5"))
  }

  @Test("A location off the earth has an error for each coordinate, under the location's pointer")
  func location() {
    #expect(Location(latitude: -90, longitude: 180).errors().isEmpty)
    #expect(Location(latitude: 90.1, longitude: .nan).errors(at: "/at").map(\.pointer) == ["/at/latitude", "/at/longitude"])
  }
}
