// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

// Release executables on Linux export no symbols and have packed relocations, which saves 4 MB of memory in each process.
let linking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "--as-needed", "-Xlinker", "-z", "-Xlinker",
      "pack-relative-relocs",
    ],
    .when(platforms: [.linux], configuration: .release))
]

// The products of other packages, by the names the targets below use.
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceContext = Target.Dependency.product(name: "ServiceContextModule", package: "swift-service-context")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// Homebrew keeps its headers out of the compiler's way; on Linux they need no flags, and hiredis gives some that SwiftPM refuses.
#if os(macOS)
  let hiredisPkgConfig: String? = "hiredis"
#else
  let hiredisPkgConfig: String? = nil
#endif

/// What services are made of: the shared modules on the way of a request and of an event.
let serviceModules: [Target.Dependency] = [
  "Auth", "Concurrency", "Contracts", "Discovery", "Events", "Idempotency", "JSON", "Projections", "Redis",
  "RuntimeConfiguration", "ServiceClient", "Telemetry", "Web",
  httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, metrics, nioCore, nioHTTP1, serviceContext,
]
let commandModules: [Target.Dependency] =
  serviceModules + ["Failpoints", "Persistence", "Postgres", "ServiceDefaults"]
let queryModules: [Target.Dependency] = serviceModules + ["ServiceDefaults"]

let package = Package(
  name: "baedal",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "shop", targets: ["ShopService"]),
    .executable(name: "shop-listing", targets: ["ShopListingService"]),
    .executable(name: "order", targets: ["OrderService"]),
    .executable(name: "payment", targets: ["PaymentService"]),
    .executable(name: "payment-provider", targets: ["PaymentProviderService"]),
    .executable(name: "rider", targets: ["RiderService"]),
    .executable(name: "review", targets: ["ReviewService"]),
    .executable(name: "order-history", targets: ["OrderHistoryService"]),
    .executable(name: "identity", targets: ["IdentityService"]),
    .executable(name: "gateway", targets: ["GatewayService"]),
    .executable(name: "simulator", targets: ["Simulator"]),
    .executable(name: "auditor", targets: ["Auditor"]),
    .executable(name: "sample-shops", targets: ["SampleShopsLoader"]),
    .executable(name: "demo", targets: ["Demo"]),
    .executable(name: "freshness", targets: ["Freshness"]),
  ],
  // Each to the next minor version only; `make update-dependencies` raises them.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
    .package(url: "https://github.com/apple/swift-collections", .upToNextMinor(from: "1.6.0")),
    .package(url: "https://github.com/apple/swift-configuration", .upToNextMinor(from: "1.4.0"), traits: []),
    .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
    .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
    .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
    .package(url: "https://github.com/apple/swift-metrics", .upToNextMinor(from: "2.13.0")),
    .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
    .package(url: "https://github.com/apple/swift-nio-extras", .upToNextMinor(from: "1.35.2")),
    .package(url: "https://github.com/apple/swift-service-context", .upToNextMinor(from: "1.5.1")),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", .upToNextMinor(from: "0.2.0")),
    .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1"), traits: []),
    .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
    .package(url: "https://github.com/swift-server/async-http-client", .upToNextMinor(from: "1.37.0")),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
    .package(url: "https://github.com/vapor/jwt-kit", .upToNextMinor(from: "5.7.1")),
  ],
  targets: [
    // MARK: Shared modules; arrows point down only.
    .systemLibrary(
      name: "CPostgres", path: "Shared/CPostgres", pkgConfig: "libpq",
      providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .systemLibrary(
      name: "CHiredis", path: "Shared/CHiredis", pkgConfig: hiredisPkgConfig,
      providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
    shared("Contracts", []),
    shared("Concurrency", [lifecycle, logging, nioCore]),
    shared("JSON", ["Contracts", nioCore]),
    shared("RandomNumbers", []),
    shared("Telemetry", ["Contracts", "RandomNumbers", logging, metrics, coreMetrics, serviceContext]),
    shared("Auth", ["Contracts", "Telemetry", asyncHTTPClient, crypto, jwt, lifecycle, logging, metrics, nioCore, nioHTTP1]),
    shared("Postgres", ["Concurrency", "CPostgres", deque, lifecycle, logging, metrics]),
    shared("Redis", ["CHiredis", "Concurrency", deque, lifecycle, logging, metrics, nioCore, nioPosix]),
    shared("Failpoints", []),
    shared("HTTPFastPath", [deque, nioCore, nioHTTP1]),
    shared("Idempotency", ["Contracts"]),
    shared("Persistence", ["Concurrency", "Contracts", "Failpoints", "Idempotency", "Postgres", lifecycle, logging]),
    shared(
      "Events",
      [
        "Concurrency", "Contracts", "Failpoints", "Persistence", "Postgres", "Redis", "Telemetry", lifecycle, logging, metrics,
        serviceContext,
      ]),
    shared(
      "ServiceClient",
      [
        "Auth", "Concurrency", "Contracts", "RandomNumbers", "Telemetry", asyncHTTPClient, lifecycle, logging, metrics, nioCore,
        nioHTTP1, nioPosix, serviceContext,
      ]),
    shared(
      "Web",
      [
        "Auth", "Concurrency", "Contracts", "Failpoints", "Idempotency", "JSON", "Telemetry", configuration, httpTypes,
        hummingbird, hummingbirdCore, lifecycle, logging, metrics, nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix,
        serviceContext, unixSignals,
      ],
      embedding: [
        "OpenAPI/configuration.yaml", "OpenAPI/contracts.yaml", "OpenAPI/http.yaml", "OpenAPI/process.yaml",
        "OpenAPI/projector.yaml", "OpenAPI/publisher.yaml", "OpenAPI/subscriber.yaml",
      ]),
    shared("Discovery", ["Concurrency", "Redis", "ServiceClient", lifecycle, logging, metrics, nioCore, nioPosix]),
    shared(
      "RuntimeConfiguration",
      ["Auth", "Contracts", "Redis", "Telemetry", "Web", hummingbird, lifecycle, logging, metrics, nioCore]),
    shared(
      "Projections",
      [
        "Concurrency", "Contracts", "Events", "Postgres", "Redis", "ServiceClient", "Telemetry", lifecycle, logging, metrics,
      ]),
    shared(
      "AdminAPI", ["Auth", "Contracts", "Events", "JSON", "Projections", "RuntimeConfiguration", "Web", hummingbird]),
    shared("ServiceCatalogue", [], embedding: ["services.json"]),
    shared("ServiceDefaults", serviceModules + ["Persistence", "AdminAPI", "Postgres", "ServiceCatalogue"]),

    // MARK: Services: each an executable; none imports another.
    service("ShopService", path: "Services/Shop", commandModules, migrations: ["001_create_shops.sql"]),
    service(
      "ShopListingService", path: "Services/ShopListing", queryModules + ["HTTPFastPath", deque, nioHTTPTypes, nioHTTPTypesHTTP1]),
    service("OrderService", path: "Services/Order", commandModules + [deque], migrations: ["001_create_orders.sql"]),
    service(
      "PaymentService", path: "Services/Payment", commandModules + [crypto],
      migrations: [
        "001_create_payments.sql", "002_create_ledger.sql", "003_index_unanswered_keys.sql", "004_check_balance_by_statement.sql",
      ]),
    service("RiderService", path: "Services/Rider", commandModules, migrations: ["001_create_deliveries.sql"]),
    service("ReviewService", path: "Services/Review", commandModules, migrations: ["001_create_reviews.sql"]),
    service(
      "PaymentProviderService", path: "Services/PaymentProvider", commandModules + ["RandomNumbers", crypto],
      migrations: ["001_create_authorizations.sql"]),
    service("OrderHistoryService", path: "Services/OrderHistory", queryModules),
    service(
      "IdentityService", path: "Services/Identity", commandModules + [crypto, cryptoExtras, nioPosix],
      migrations: ["001_create_accounts.sql"]),
    service(
      "GatewayService", path: "Services/Gateway",
      queryModules + ["HTTPFastPath", asyncHTTPClient, deque, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix]),

    // MARK: Load-test tools: REST clients of the system
    .target(
      name: "SampleShops", dependencies: ["Contracts", "RandomNumbers"], path: "LoadTest/SampleShops", swiftSettings: settings),
    .target(
      name: "LoadClient", dependencies: ["Contracts", "ServiceCatalogue", asyncHTTPClient, nioCore, nioHTTP1, nioPosix],
      path: "LoadTest/LoadClient",
      swiftSettings: settings),
    tool("SampleShopsLoader", ["Contracts", "LoadClient", "SampleShops", argumentParser, asyncHTTPClient, nioCore, nioHTTP1]),
    tool(
      "Demo",
      [
        "Contracts", "Events", "LoadClient", "Redis", "SampleShops", "ServiceCatalogue", "Telemetry", argumentParser, logging,
        nioCore, nioHTTP1, nioPosix,
      ]),
    tool(
      "Simulator",
      ["Contracts", "LoadClient", "RandomNumbers", "SampleShops", argumentParser, histogram, nioCore, nioHTTP1, unixSignals]),
    tool(
      "Auditor",
      [
        "Contracts", "Events", "Idempotency", "LoadClient", "Persistence", "Postgres", "Projections", "Redis",
        "ServiceCatalogue", argumentParser, logging, nioCore, nioHTTP1, nioPosix,
      ]),
    tool("Freshness", ["Contracts", "LoadClient", "SampleShops", argumentParser, asyncHTTPClient, histogram, nioCore, nioHTTP1]),

    // MARK: Tests
    .target(
      name: "TestSupport",
      dependencies: [
        "Auth", "Contracts", "CPostgres", "JSON", "Postgres", "Projections", "Redis", "ServiceCatalogue", "ServiceClient", "Web",
        asyncHTTPClient, crypto, httpTypes, hummingbird, lifecycle, logging, nioCore, nioHTTP1, nioPosix, yams,
      ],
      path: "Tests/Support", swiftSettings: settings),
    tests("Contracts", ["Contracts", "SampleShops"]),
    tests("Telemetry", ["Telemetry", "Contracts", logging, metrics, coreMetrics, serviceContext]),
    tests("Postgres", ["Persistence", "Postgres", "TestSupport", lifecycle, logging]),
    tests("Redis", ["Redis", "TestSupport", lifecycle, logging, nioCore, nioEmbedded, nioPosix]),
    tests(
      "Events",
      [
        "Concurrency", "Contracts", "Events", "Persistence", "Postgres", "Projections", "Redis", "Telemetry", "TestSupport",
        lifecycle, logging, nioPosix,
      ]),
    tests(
      "ServiceClient",
      [
        "Auth", "Contracts", "JSON", "ServiceClient", "Telemetry", "Web", asyncHTTPClient, hummingbird, lifecycle, logging,
        nioCore, nioHTTP1, nioPosix, serviceContext,
      ]),
    tests(
      "Web",
      [
        "Auth", "Contracts", "JSON", "Telemetry", "TestSupport", "Web", asyncHTTPClient, httpTypes, hummingbird, lifecycle,
        logging, metrics, nioCore, nioHTTP1, nioPosix, yams,
      ]),
    tests(
      "ShopService",
      ["ShopService", "Contracts", "TestSupport"]),
    tests(
      "ShopListingService",
      [
        "Contracts", "Events", "HTTPFastPath", "JSON", "Projections", "Redis", "ServiceClient", "ShopListingService",
        "TestSupport", "Web", httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, nioCore, nioEmbedded, nioHTTP1,
        nioPosix, yams,
      ]),
    tests(
      "OrderService",
      [
        "Auth", "Concurrency", "Contracts", "Events", "Idempotency", "JSON", "OrderService", "Persistence", "Postgres",
        "Projections", "RandomNumbers", "ServiceClient", "Telemetry", "TestSupport", "Web", httpTypes, hummingbird,
        hummingbirdTesting, lifecycle, logging, nioCore, nioPosix, yams,
      ]),
    tests(
      "PaymentService",
      [
        "Contracts", "Idempotency", "JSON", "PaymentService", "Persistence", "Postgres", "Telemetry", "TestSupport", "Web",
        crypto, httpTypes, hummingbird, logging, nioCore, yams,
      ]),
    tests(
      "RiderService",
      [
        "Auth", "Contracts", "Events", "Idempotency", "JSON", "Persistence", "Postgres", "Projections", "RandomNumbers",
        "RiderService", "ServiceClient", "Telemetry", "TestSupport", "Web", httpTypes, hummingbird, lifecycle, logging, nioPosix,
        yams,
      ]),
    tests(
      "ReviewService",
      [
        "Auth", "Contracts", "Events", "Idempotency", "JSON", "Persistence", "Postgres", "ReviewService", "TestSupport", "Web",
        httpTypes, hummingbird, lifecycle, logging, yams,
      ]),
    tests(
      "PaymentProviderService",
      [
        "Contracts", "JSON", "PaymentProviderService", "Persistence", "Postgres", "Telemetry", "TestSupport", "Web", crypto,
        httpTypes, hummingbird, lifecycle, logging, yams,
      ]),
    tests(
      "OrderHistoryService",
      [
        "Contracts", "Events", "JSON", "OrderHistoryService", "Projections", "Redis", "Telemetry", "TestSupport", "Web",
        httpTypes, hummingbird, logging, nioCore, nioHTTP1, nioPosix, yams,
      ]),
    tests(
      "Auth",
      [
        "Auth", "Contracts", "JSON", "ServiceClient", "TestSupport", "Web", crypto, hummingbird, jwt, lifecycle, logging,
        nioCore, nioPosix,
      ]),
    tests("Discovery", ["Auth", "Discovery", "Redis", "ServiceClient", "TestSupport", lifecycle, logging, nioPosix]),
    tests(
      "RuntimeConfiguration",
      ["JSON", "RuntimeConfiguration", "Redis", "TestSupport", "Web", hummingbird, lifecycle, logging, nioPosix]),
    tests(
      "IdentityService",
      [
        "Auth", "Contracts", "Idempotency", "IdentityService", "JSON", "Persistence", "Postgres", "Redis",
        "RuntimeConfiguration", "Telemetry", "TestSupport", "Web", crypto, hummingbird, logging, nioPosix, yams,
      ]),
    tests(
      "GatewayService",
      [
        "Auth", "Contracts", "Discovery", "GatewayService", "HTTPFastPath", "JSON", "Redis", "ServiceClient", "TestSupport",
        "Web", asyncHTTPClient, httpTypes, hummingbird, lifecycle, logging, nioCore, nioHTTP1, nioPosix, yams,
      ]),
    tests(
      "Security",
      [
        "Auth", "Contracts", "Persistence", "Postgres", "Redis", "Telemetry", "TestSupport", crypto, lifecycle, logging,
        nioPosix, yams,
      ], exclude: ["AccessRows"]),
    tests(
      "Examples",
      [
        "Contracts", "Events", "Idempotency", "OrderService", "Persistence", "Postgres", "Redis", "Telemetry", "TestSupport",
        lifecycle, logging, nioPosix,
      ]),
    tests("Failpoints", ["Failpoints"]),
    tests("HTTPFastPath", ["HTTPFastPath", nioCore, nioEmbedded, nioHTTP1]),
    tests("Simulator", ["Contracts", "LoadClient", "RandomNumbers", "SampleShops", "Simulator"]),
    tests(
      "EndToEnd",
      ["Contracts", "Events", "Failpoints", "Redis", "TestSupport", logging, nioPosix]),
  ]
)

func shared(_ name: String, _ dependencies: [Target.Dependency], embedding files: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Shared/\(name)", resources: files.map { .embedInCode($0) },
    swiftSettings: settings)
}

func service(
  _ name: String, path: String, _ dependencies: [Target.Dependency], migrations: [String] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: path,
    resources: [.embedInCode("openapi.yaml")] + migrations.map { .embedInCode("Migrations/\($0)") },
    swiftSettings: settings, linkerSettings: linking)
}

func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "LoadTest/\(name)", swiftSettings: settings, linkerSettings: linking)
}

func tests(_ subject: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(subject)Tests", dependencies: dependencies, path: "Tests/\(subject)Tests", exclude: exclude,
    swiftSettings: settings)
}
