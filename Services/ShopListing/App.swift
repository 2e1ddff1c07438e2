import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("shop-listing", settings: ShopListingSettings.all) { try await buildShopListing($0) }
  }
}
