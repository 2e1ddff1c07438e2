import NIOCore
import Testing
@testable import Web

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Settings")
struct SettingsTests {
  private let declared = [
    Setting("http.port", default: "8101", "port"),
    Setting("cache.redis.host", default: nil, "host"),
    Setting("postgres.password", default: nil, isRequired: false, isSecret: true, "password"),
  ]

  private func settings(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> Settings {
    try Settings(declared, arguments: arguments, environment: environment)
  }

  private func temporaryFile(_ text: String) throws -> String {
    var template = Array("/tmp/baedal-settings-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    try #require(file >= 0)
    let bytes = Array(text.utf8)
    #expect(write(file, bytes, bytes.count) == bytes.count)
    close(file)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test("the command line takes precedence over the environment, that over the file, that over the default")
  func layers() throws {
    let file = try temporaryFile(#"{"http": {"port": 3}, "cache.redis.host": "file", "other": true}"#)
    defer { unlink(file) }
    #expect(try settings().integer("http.port", in: 0...65_535) == 8101)
    #expect(try settings([], ["BAEDAL_CONFIG": file]).integer("http.port", in: 0...65_535) == 3)
    #expect(try settings([], ["BAEDAL_CONFIG": file, "HTTP_PORT": "2"]).integer("http.port", in: 0...65_535) == 2)
    #expect(try settings(["--http-port", "1"], ["HTTP_PORT": "2"]).integer("http.port", in: 0...65_535) == 1)
    #expect(try settings(["--http-port=1"]).integer("http.port", in: 0...65_535) == 1)
    #expect(try settings([], ["CACHE_REDIS_HOST": "a"]).string("cache.redis.host") == "a")
    #expect(try settings([], ["BAEDAL_CONFIG": file, "CACHE_REDIS_HOST": ""]).string("cache.redis.host") == "file")
    #expect(try settings().optionalString("postgres.password") == nil)
  }

  @Test("errors name the wrong or missing key, and never a secret's value")
  func errors() throws {
    func text(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(text { _ = try settings().string("cache.redis.host") } == "cache.redis.host (CACHE_REDIS_HOST) is not set")
    #expect(
      text { _ = try settings([], ["HTTP_PORT": "x"]).integer("http.port", in: 0...65_535) }
        == "http.port (HTTP_PORT) must be a number from 0 to 65535, not \"x\"")
    #expect(!text { _ = try settings([], ["POSTGRES_PASSWORD": "hunter2"]).bool("postgres.password") }.contains("hunter2"))
    #expect(text { _ = try settings(["--http-prot", "1"]) } == "--http-prot is not an option; --help lists them")
    #expect(text { _ = try settings(["--http-port"]) } == "--http-port needs a value")
    #expect(text { _ = try settings(["serve"]) } == "serve is not an option; --help lists them")
    #expect(text { _ = try settings([], ["BAEDAL_CONFIG": "/nowhere"]) }.contains("can't be read"))
    #expect(text { _ = try settings().string("no.such") } == "no.such is not a declared key")
  }

  @Test(
    "a URL has a scheme and a host",
    arguments: [
      ("http://127.0.0.1:8107/token", true), ("https://identity", true), ("identity:8107", false), ("http://", false),
      ("http://:8107", false), ("http:///token", false), ("ftp://identity", false), ("http://a b", false),
    ])
  func urls(text: String, isURL: Bool) throws {
    let settings = try settings([], ["CACHE_REDIS_HOST": text])
    if isURL {
      #expect(try settings.url("cache.redis.host") == text)
    } else {
      #expect(throws: SettingsError.self) { try settings.url("cache.redis.host") }
    }
  }

  @Test("a file that is not a JSON object is rejected", arguments: ["", "[]", "{"])
  func badFile(text: String) throws {
    let file = try temporaryFile(text)
    defer { unlink(file) }
    #expect(throws: SettingsError.self) { try settings([], ["BAEDAL_CONFIG": file]) }
  }

  @Test("the table has key, environment name, default and meaning")
  func table() {
    let table = Setting.table(declared)
    #expect(table.contains("| http.port         | HTTP_PORT         | 8101       | port     |"))
    #expect(table.contains("| cache.redis.host  | CACHE_REDIS_HOST  | (required) | host     |"))
    #expect(table.contains("| postgres.password | POSTGRES_PASSWORD | –          | password |"))
  }

  @Test("start failures are one line and have an exit status")
  func startFailures() {
    #expect(StartFailure(SettingsError(key: "http.port", reason: "is wrong")).status == 78)
    let inUse = StartFailure(IOError(errnoCode: EADDRINUSE, reason: "bind"))
    #expect(inUse.status == 1)
    #expect(inUse.line.contains("in use"))
    #expect(!inUse.line.contains("\n"))
  }
}
