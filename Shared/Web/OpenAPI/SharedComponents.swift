/// The components of the shared parts: a document gets those that it refers to.
struct SharedComponents {
  private struct Reference: Hashable {
    let section: String
    let name: String

    var path: String { "components > \(section) > \(name)" }
  }

  private var components: [Reference: YAMLMapping.Entry] = [:]

  mutating func add(_ entry: YAMLMapping.Entry) throws(OpenAPIError) {
    for (reference, component) in Self.components(in: YAMLMapping(entry.body)) {
      guard components.updateValue(component, forKey: reference) == nil else {
        throw OpenAPIError("\(reference.path) is defined in two shared parts")
      }
    }
  }

  /// Adds every component that the document refers to and doesn't define itself.
  /// - Throws: if the document defines a component of its own under the name of one that is added.
  consuming func complete(_ document: inout YAMLMapping) throws(OpenAPIError) {
    let own = Set(Self.components(in: document["components"]).map(\.0))
    var added: [String: [Substring]] = [:]
    var pending = Self.references(in: document.lines)
    while let reference = pending.popLast() {
      guard let component = components.removeValue(forKey: reference) else { continue }
      guard !own.contains(reference) else { throw OpenAPIError("\(reference.path) is defined twice") }
      added[reference.section, default: []] += component.lines
      pending += Self.references(in: component.lines)
    }
    var lines: [Substring] = ["components:"]
    for (section, components) in added.sorted(by: { $0.key < $1.key }) { lines += ["  \(section):"] + components }
    try document.merge(YAMLMapping(lines))
  }

  private static func components(in sections: YAMLMapping?) -> [(Reference, YAMLMapping.Entry)] {
    (sections?.entries ?? []).flatMap { section in
      YAMLMapping(section.body).entries.map { (Reference(section: section.key, name: $0.key), $0) }
    }
  }

  /// References are between quotes, `"#/components/schemas/Problem"`; security requirements are items with scopes, `- accessToken: []`.
  private static func references(in lines: [Substring]) -> [Reference] {
    lines.flatMap { line -> [Reference] in
      let content = line.drop { $0 == " " }
      if content.hasPrefix("- "), content.hasSuffix(": []") {
        return [Reference(section: "securitySchemes", name: String(content.dropFirst(2).dropLast(4)))]
      }
      return line.split(separator: "\"").compactMap { text in
        let parts = text.split(separator: "/")
        guard parts.count >= 4, parts[0] == "#", parts[1] == "components" else { return nil }
        return Reference(section: String(parts[2]), name: String(parts[3]))
      }
    }
  }
}
