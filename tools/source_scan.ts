// Reads one TypeScript file into the facts that the import rules need: what it imports (static, dynamic, `import type`,
// re-exports), what it exports, its string literals and its reads of the environment. Purely syntactic: nothing is
// resolved or type-checked here, so a file with a type error still gives its facts.
import ts from "typescript";

export interface ImportFact {
  specifier: string;
  line: number;
  /** Imported names; `*` when the whole module may be used (namespace, dynamic import, `export *`). */
  names: string[];
  /** Loaded together with the file: neither types alone nor a dynamic import. */
  loads: boolean;
}

export interface ExportFact {
  name: string;
  line: number;
  /** An interface or type alias. */
  isType: boolean;
  /** The name is mentioned again in the same file. */
  usedInside: boolean;
}

export interface SourceFacts {
  imports: ImportFact[];
  exports: ExportFact[];
  /** String literals and templates, with `{}` for each expression; `forChannel` where the code around says "channel". */
  literals: { text: string; forChannel: boolean; line: number }[];
  /** Lines with `Deno.env` or `process.env`. */
  environment: number[];
  lines: number;
  /** The reason given in a line `// long file: <reason>`. */
  longFileReason?: string;
}

export function scanSource(path: string, text: string): SourceFacts {
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
  const facts: SourceFacts = {
    imports: [],
    exports: [],
    literals: [],
    environment: [],
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    longFileReason: /^\/\/ long file: (.+)$/m.exec(text)?.[1],
  };
  const mentions = countIdentifiers(file);
  const line = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const addExport = (name: string, node: ts.Node, isType: boolean) =>
    facts.exports.push({ name, line: line(node), isType, usedInside: (mentions.get(name) ?? 0) > 1 });

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      facts.imports.push({
        specifier: node.moduleSpecifier.text,
        line: line(node),
        names: importedNames(node.importClause),
        loads: loadsImport(node.importClause),
      });
      return;
    }
    if (ts.isExportDeclaration(node)) {
      const clause = node.exportClause;
      if (node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
        const names = clause && ts.isNamedExports(clause)
          ? clause.elements.map((e) => (e.propertyName ?? e.name).text)
          : ["*"];
        const loads = !node.isTypeOnly &&
          !(clause && ts.isNamedExports(clause) && clause.elements.length > 0 &&
            clause.elements.every((e) => e.isTypeOnly));
        facts.imports.push({ specifier: node.moduleSpecifier.text, line: line(node), names, loads });
      }
      if (clause && ts.isNamedExports(clause)) { for (const e of clause.elements) addExport(e.name.text, e, false); }
      return;
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const argument = node.arguments[0];
      if (argument && ts.isStringLiteralLike(argument)) {
        facts.imports.push({ specifier: argument.text, line: line(node), names: ["*"], loads: false });
      }
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const literal = node.argument.literal;
      if (ts.isStringLiteral(literal)) {
        facts.imports.push({ specifier: literal.text, line: line(node), names: ["*"], loads: false });
      }
    } else if (ts.isPropertyAccessExpression(node) && node.name.text === "env" && ts.isIdentifier(node.expression)) {
      if (["Deno", "process"].includes(node.expression.text)) facts.environment.push(line(node));
    } else if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      facts.literals.push({ text: node.text, forChannel: isForChannel(node), line: line(node) });
    } else if (ts.isTemplateExpression(node)) {
      const text = node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join("");
      facts.literals.push({ text, forChannel: isForChannel(node), line: line(node) });
    }
    if (isExported(node)) {
      if (ts.isVariableStatement(node)) {
        for (const d of node.declarationList.declarations) for (const n of bindingNames(d.name)) addExport(n, d, false);
      } else if (
        (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) && node.name
      ) addExport(node.name.text, node, false);
      else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
        addExport(node.name.text, node, true);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return facts;
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  if (!clause) return [];
  const names = clause.name ? ["default"] : [];
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.push("*");
  else if (bindings) names.push(...bindings.elements.map((e) => (e.propertyName ?? e.name).text));
  return names;
}

/** False for `import type …` and for `import { type A, type B }`. */
function loadsImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return true;
  if (clause.isTypeOnly) return false;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || ts.isNamespaceImport(bindings) || bindings.elements.length === 0) return true;
  return bindings.elements.some((e) => !e.isTypeOnly);
}

/** `export` on a declaration of its own; a default export has no name that anybody could forget to use. */
function isExported(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  const modifiers = ts.getModifiers(node)?.map((m) => m.kind) ?? [];
  return modifiers.includes(ts.SyntaxKind.ExportKeyword) && !modifiers.includes(ts.SyntaxKind.DefaultKeyword);
}

/** `channel: "x"`, `channels: ["x"]`, `event.channel === "x"`, `const channel = "x"`, `channel="x"` in JSX. */
function isForChannel(node: ts.Node): boolean {
  const parent = ts.isArrayLiteralExpression(node.parent) ? node.parent.parent : node.parent;
  const names = (other: ts.Node | undefined) => other !== undefined && /channels?$/i.test(other.getText());
  if (ts.isPropertyAssignment(parent) || ts.isJsxAttribute(parent) || ts.isVariableDeclaration(parent)) {
    return names(parent.name);
  }
  if (!ts.isBinaryExpression(parent)) return false;
  return names(parent.left === node ? parent.right : parent.left);
}

function bindingNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((e) => ts.isOmittedExpression(e) ? [] : bindingNames(e.name));
}

function countIdentifiers(root: ts.Node): Map<string, number> {
  const counts = new Map<string, number>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) counts.set(node.text, (counts.get(node.text) ?? 0) + 1);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return counts;
}
