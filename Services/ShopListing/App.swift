import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("shop-listing", port: 8201, settings: ShopListingSettings.all) { try await buildShopListing($0) }
  }
}
