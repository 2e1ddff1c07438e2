import TestSupport
import Testing

@Suite("Secrets")
struct SecretTests {
  private static let redis = ["EVENTS_REDIS_PASSWORD"]
  private static let store = ["POSTGRES_PASSWORD"]
  private static let caller = ["AUTH_CLIENT_SECRET"]

  /// The required secrets of each service.
  private static let secrets: [String: [String]] = [
    "shop": store + redis, "order": store + redis + caller,
    "payment": store + redis + ["PROVIDER_KEY", "PROVIDER_WEBHOOK_SECRET"],
    "rider": store + redis + caller, "review": store + redis + caller, "payment-provider": store + ["API_KEY", "WEBHOOK_SECRET"],
    "identity": store + redis + ["OPERATOR_PASSWORD", "CLIENTS", "KEYS_ENCRYPTION_SECRET"],
    "gateway": redis + ["CACHE_REDIS_PASSWORD"],
    "shop-listing": redis + ["CACHE_REDIS_PASSWORD"] + caller, "order-history": redis + ["CACHE_REDIS_PASSWORD"] + caller,
  ]

  @Test(
    "A service with a missing secret exits at once, with one line that names it",
    arguments: SecretTests.secrets.keys.sorted())
  func required(_ service: String) async throws {
    let secrets = Self.secrets[service] ?? []
    for missing in secrets {
      var environment = Dictionary(uniqueKeysWithValues: secrets.map { ($0, "a secret of the tests") })
      environment[missing] = nil
      let program = "\(ServiceProcess.folder)/\(service)"
      let ran = try await ChildProcess.run([program], environment: environment, within: .seconds(20))
      // EX_CONFIG of sysexits(3).
      #expect(ran.exit == .status(78), "\(service) without \(missing): \(ran.output)")
      #expect(ran.output.split(separator: "\n").count == 1 && ran.output.contains(missing), "\(ran.output)")
      #expect(!ran.output.contains("a secret of the tests"))
    }
  }

  @Test("The stack's secrets are random and readable by their owner only")
  func generatedSecrets() async throws {
    let one = try await StackSecrets()
    let two = try await StackSecrets()
    #expect(try one.permissions(of: "secrets.env") == 0o600)
    #expect(one.values.count > 15 && one.values.keys == two.values.keys)
    for (name, value) in one.values {
      #expect(value.count >= 32 && two.values[name] != value, "\(name)")
    }
    #expect(Set(one.values.values).count == one.values.count)
    for list in ["events", "cache"] {
      let text = readText("\(one.folder.path)/\(list).acl")
      #expect(!text.isEmpty && !text.contains("<") && !one.values.values.contains { text.contains($0) }, "\(list)")
    }
  }
}
