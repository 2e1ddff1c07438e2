/// A mapping or a sequence of a YAML file in block style, as lines of text: it can be taken apart and joined, and is never interpreted.
struct YAMLMapping {
  /// A key or an item, with the lines that belong to it.
  struct Entry {
    /// The key; of an item its whole line.
    let key: String
    let line: Substring
    var body: [Substring]

    var lines: [Substring] { [line] + body }

    /// What is below a key that has no value beside it.
    fileprivate var children: YAMLMapping? { line.last == ":" ? YAMLMapping(body) : nil }
  }

  private(set) var entries: [Entry] = []

  /// - Parameter lines: comments before the first entry are left out.
  init(_ lines: some Sequence<Substring>) {
    var indentation: Int?
    for line in lines {
      let content = line.drop { $0 == " " }
      let spaces = line.count - content.count
      if !content.isEmpty, content.first != "#", spaces == indentation ?? spaces {
        indentation = spaces
        entries.append(Entry(key: Self.key(of: content), line: line, body: []))
      } else if !entries.isEmpty {
        entries[entries.count - 1].body.append(line)
      }
    }
  }

  private static func key(of content: Substring) -> String {
    if content.hasPrefix("- ") { return String(content) }
    return content.prefix { $0 != ":" }.filter { $0 != "\"" }
  }

  var lines: [Substring] { entries.flatMap(\.lines) }

  /// What is below a key.
  subscript(key: String) -> YAMLMapping? {
    entries.first { $0.key == key }?.children
  }

  mutating func remove(_ key: String) -> Entry? {
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
    return entries.remove(at: index)
  }

  /// Adds what the other one has: its new keys, and its new entries below keys that both have.
  /// - Throws: if both have a value for the same key.
  mutating func merge(_ other: YAMLMapping, at path: String = "") throws(OpenAPIError) {
    for entry in other.entries {
      guard let index = entries.firstIndex(where: { $0.key == entry.key }) else {
        entries.append(entry)
        continue
      }
      let inner = "\(path)\(path.isEmpty ? "" : " > ")\(entry.key)"
      guard var children = entries[index].children, let added = entry.children else {
        throw OpenAPIError("\(inner) is defined twice")
      }
      try children.merge(added, at: inner)
      entries[index].body = children.lines
    }
  }
}
