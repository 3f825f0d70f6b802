"""The API's description in OpenAPI 3.1.

What is asked is made from the code: the paths from the routes, the bodies from the serializers.
What is answered, and every word, is written in the YAML files here; `complete` lays it over what
was made. A route without words, or words without a route, is an error.
"""
