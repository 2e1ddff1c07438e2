import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    if CommandLine.arguments.dropFirst() == ["--print-sql"] {
      // For pgbench: the two statements of `POST /orders`.
      return print("\(SelectOrderableShop.sql);\n\n\(InsertOrder.sql);")
    }
    await ServiceMain.run("order", settings: OrderSettings.all) { try await buildOrder($0) }
  }
}
