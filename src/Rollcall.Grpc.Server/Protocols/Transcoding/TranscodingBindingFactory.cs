using Google.Api;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Rules to bindings. Whatever could fail at a request because of the rule fails here, when services are mapped.</summary>
internal static class TranscodingBindingFactory
{
    /// <summary>The binding of the rule and those of its additional bindings.</summary>
    /// <exception cref="InvalidOperationException">The rule can't be served; the message names the method and the fault.</exception>
    public static IEnumerable<TranscodingBinding> Create(MethodDescriptor method, HttpRule rule)
    {
        var first = CreateOne(method, rule);
        var routes = new HashSet<string> { first.Route };
        yield return first;
        foreach (var additional in rule.AdditionalBindings)
        {
            if (additional.AdditionalBindings.Count > 0)
            {
                throw Fault(method, "an additional binding has additional bindings of its own");
            }

            var binding = CreateOne(method, additional);
            if (!routes.Add(binding.Route))
            {
                throw Fault(method, $"two of its bindings have the route '{binding.Text}'; names of variables and letter case make no difference");
            }

            yield return binding;
        }
    }

    public static InvalidOperationException Fault(MethodDescriptor method, string fault) => Fault(method.FullName, fault);

    public static InvalidOperationException Fault(string methodName, string fault) =>
        new($"The google.api.http rule of {methodName} can't be served: {fault}.");

    private static TranscodingBinding CreateOne(MethodDescriptor method, HttpRule rule)
    {
        var (httpMethod, path) = GetPattern(method, rule);
        if (!PathTemplate.TryParse(path, out var template, out var fault))
        {
            throw Fault(method, fault);
        }

        var bodyIsMessage = rule.Body == "*";
        var bodyField = bodyIsMessage ? null : FindField(method, method.InputType, rule.Body, "body");
        var responseField = FindField(method, method.OutputType, rule.ResponseBody, "response_body");
        return new TranscodingBinding(
            httpMethod,
            template,
            ResolvePathFields(method, template),
            bodyIsMessage,
            bodyField,
            responseField,
            TakesRawBody: (bodyIsMessage || bodyField is not null) && RawBody.Is(method.InputType, bodyField),
            GivesRawBody: RawBody.Is(method.OutputType, responseField));
    }

    private static (string? HttpMethod, string Path) GetPattern(MethodDescriptor method, HttpRule rule)
    {
        switch (rule.PatternCase)
        {
            case HttpRule.PatternOneofCase.Get:
                return ("GET", rule.Get);
            case HttpRule.PatternOneofCase.Put:
                return ("PUT", rule.Put);
            case HttpRule.PatternOneofCase.Post:
                return ("POST", rule.Post);
            case HttpRule.PatternOneofCase.Delete:
                return ("DELETE", rule.Delete);
            case HttpRule.PatternOneofCase.Patch:
                return ("PATCH", rule.Patch);
            case HttpRule.PatternOneofCase.Custom when rule.Custom.Kind.Length > 0:
                return (rule.Custom.Kind == "*" ? null : rule.Custom.Kind, rule.Custom.Path);
            case HttpRule.PatternOneofCase.Custom:
                throw Fault(method, "its custom pattern names no HTTP method in 'kind'");
            default:
                throw Fault(method, "it names no HTTP method; set one of get, put, post, delete, patch and custom");
        }
    }

    private static List<FieldPath> ResolvePathFields(MethodDescriptor method, PathTemplate template)
    {
        var fields = new List<FieldPath>(template.Variables.Count);
        foreach (var variable in template.Variables)
        {
            if (!FieldPath.TryResolve(method.InputType, variable.FieldPath, jsonFirst: false, out var field, out var fault))
            {
                throw Fault(method, fault ?? $"{method.InputType.FullName} has no field '{variable.FieldPath}', which '{template.Text}' binds");
            }

            if (field.Leaf.IsRepeated || !FieldText.IsSupported(field.Leaf))
            {
                throw Fault(method, $"'{variable.FieldPath}' is repeated, a map or a message, which a path can't hold");
            }

            if (fields.Exists(field.IsSame))
            {
                throw Fault(method, $"'{variable.FieldPath}' is bound twice");
            }

            fields.Add(field);
        }

        return fields;
    }

    private static FieldDescriptor? FindField(MethodDescriptor method, MessageDescriptor message, string name, string option) =>
        name.Length == 0
            ? null
            : message.FindFieldByName(name) ?? throw Fault(method, $"{message.FullName} has no field '{name}', which '{option}' names");
}
