// SPDX-License-Identifier: MIT
// Judges YAML texts by a JSON Schema with ajv: reads {schema, documents: {name: text}} from standard input, prints
// {name: [complaint, ...]}. Exit status 2: ajv does not take the schema itself. Modules come from NODE_PATH.
'use strict';

const Ajv = require('ajv');
const yaml = require('yaml');

function complaints(validate, text) {
	const document = yaml.parseDocument(text, {version: '1.2', uniqueKeys: true});
	if (document.errors.length > 0)
		return document.errors.map(error => error.message);
	return validate(document.toJS()) ? [] : validate.errors.map(error => `${error.instancePath}: ${error.message}`);
}

function main() {
	const {schema, documents} = JSON.parse(require('fs').readFileSync(0, 'utf8'));
	let validate;
	try {
		validate = new Ajv({allErrors: true, strictTypes: true, strictTuples: true, allowUnionTypes: true}).compile(schema);
	} catch (error) {
		console.error(`ajv: ${error.message}`);
		process.exit(2);
	}
	const result = {};
	for (const [name, text] of Object.entries(documents))
		result[name] = complaints(validate, text);
	process.stdout.write(JSON.stringify(result));
}

main();
