#include "stet/schema.hpp"

#include "schema/compiler.hpp"

namespace stet::schema {

struct Schema::Compiled {
  Graph graph;
  std::size_t violations_max = 0;
};

Schema::Schema(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Result<Schema> Schema::compile(const Value& schema, const Options& options) {
  auto compiled = std::make_unique<Compiled>();
  compiled->violations_max = options.violations_max;
  Compiler compiler(options, compiled->graph, References::must_lead_somewhere);
  STET_TRY([[maybe_unused]] const Node* root, compiler.compile_document(schema));
  return Schema(std::unique_ptr<const Compiled>(std::move(compiled)));
}

Result<std::vector<Violation>> Schema::validate(const Value& document) const {
  Run run(compiled_->violations_max);
  Evaluated evaluated;
  run.apply(*compiled_->graph.root, document.ref(), evaluated);
  if (run.failure()) return *run.failure();
  return run.take();
}

}  // namespace stet::schema
