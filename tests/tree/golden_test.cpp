// Ids that must never change: the format's, as docs/format.md has it.
#include "tree/tree_support.hpp"

namespace stet::test {
namespace {

Value numbers(std::size_t count) {
  ListBuilder list;
  for (std::size_t i = 0; i < count; ++i) list.append(Value(i * i));
  return list.build();
}

Value squares_by_name(std::size_t count) {
  MapBuilder map;
  for (std::size_t i = 0; i < count; ++i) map.set("n" + std::to_string(i), Value(i * i));
  return map.build();
}

std::string counted(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::to_string(i) + " é ";
  return text;
}

TEST(TreeGolden, DocumentsKeepTheirIds) {
  const struct {
    Value value;
    const char* id;
  } cases[] = {
      {Value(nullptr), "bafyreifqwkmiw256ojf2zws6tzjeonw6bpd5vza4i22ccpcq4hjv2ts7cm"},
      {Value::map({{"pitch", 60}, {"duration", 0.25}}),
       "bafyreifgxzvudshcjvgfakeivpm6uxr2uqxwqsp7sdk22ftjza4olo7udm"},
      {numbers(400), "bafyreifixyazo56gofwhgp5tezbp463he5myoiouxor2hqjjaprll3hvha"},
      {numbers(100'000), "bafyreiaehmrqh57kgh6yafvyklqjz2gofbhbujsv6uwbh4uzgowe3ri6ca"},
      {squares_by_name(20'000), "bafyreifc6bgy7ed6j6kgfwdabhmdial5cborb3mmzmefsipegfkxm2jkka"},
      {Value(counted(20'000)), "bafyreidinf2semh2tgpecqjkucizk5givupdvhjkud6ay3na6oe5wbkej4"},
      {Value::bytes(as_bytes(counted(20'000))),
       "bafyreib3u6eyhefpbvuutkeqbwelwt5u42qfmdlq2firsgpvp246wc7nsu"},
      {Value::map({{"list", numbers(3'000)}, {"maps", list_of({squares_by_name(500), nullptr})}}),
       "bafyreiaseqtpualyq2niilkbcbbbuknfzrnuoerig4ru45e3dqhwltxaii"},
  };
  for (const auto& [value, id] : cases) EXPECT_EQ(root_of(value).id.to_string(), id);
}

}  // namespace
}  // namespace stet::test
