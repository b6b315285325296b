module.exports = {
    bracketSpacing: false,
    plugins: [require.resolve("@prettier/plugin-xml")],
    printWidth: 88,
    proseWrap: "always",
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "strict",
};
