import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("Citations in the documentation")
struct CitationTests {
  @Test("Every cited file and test exists", arguments: ["security.md", "secrets.md", "patterns.md"])
  func citations(_ page: String) {
    let text = readText("\(OpenAPIFiles.repository)/Docs/\(page)")
    let files = text.matches(of: #/`((?:Shared|Services|Tests|Deploy|LoadTest)/[A-Za-z0-9_+./-]+)`/#).map(\.1)
    #expect(files.count > 5)
    for file in files { #expect(access("\(OpenAPIFiles.repository)/\(file)", F_OK) == 0, "\(file) does not exist") }
    let tests = text.matches(of: #/\*([A-Za-z][^*|]+)\*:? \(`(Tests/[A-Za-z0-9_+./-]+)`/#)
    #expect(tests.count > 1)
    for test in tests {
      let name = test.1.hasSuffix("…") ? test.1.dropLast() : test.1
      #expect(readText("\(OpenAPIFiles.repository)/\(test.2)").contains(name), "\(name) is not in \(test.2)")
    }
  }
}
