// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOnchainJobs, Input, Order} from "../src/interfaces/IOnchainJobs.sol";
import {Deal, DealStatus} from "../src/interfaces/Types.sol";
import {Deaf} from "./support/Clients.sol";
import {JobsBase} from "./support/JobsBase.sol";

/// @notice Unknown -> Open, and Open -> over without a provider.
contract JobRequestTest is JobsBase {
    event Requested(bytes32 indexed id, address indexed client, Order order, Input[] inputs);

    function test_request_isTold() public {
        Order memory order = _order();
        uint256 price = jobs.priceOf(order);
        eq(price, PRICE + REWARD, "price");
        vm.deal(address(this), price);
        Order memory told = _ask(order);
        _expectState(told, IOnchainJobs.OrderState.Open);
        eq(_free(address(jobs)), PRICE + REWARD, "its money is in the ledger");
        eq(jobs.offered(told), PRICE, "offered at once");
    }

    function test_request_equalOrdersAreDifferentRequests() public {
        bytes32 first = jobs.idOf(_ask(_order()));
        bytes32 second = jobs.idOf(_ask(_order()));
        ok(first != second, "ids");
    }

    function test_request_fillsInItsOwnFields() public {
        Order memory order = _order();
        (order.client, order.nonce, order.from, order.spec) = (address(1), 77, 5, keccak256("spec"));
        Order memory told = _ask(order);
        eq(told.client, address(client), "client");
        _expectState(told, IOnchainJobs.OrderState.Open);
    }

    function test_request_withACheckCostsItsBudget() public view {
        Order memory order = _order();
        order.isChecked = true;
        // 3 and 7 seats, and two rewards.
        eq(jobs.priceOf(order), PRICE + 2 * uint256(REWARD) + 10 * 0.01 ether, "price");
    }

    function testFuzz_request_takesItsPriceAndNothingElse(uint256 value) public {
        Order memory order = _order();
        uint256 price = jobs.priceOf(order);
        value = bound(value, 0, 3 * price);
        vm.assume(value != price);
        vm.deal(address(this), value);
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderValue.selector, value, price));
        jobs.request{value: value}(order, _inputs());
    }

    function test_request_refusesWhatNobodyCouldTake() public {
        Order memory order = _order();
        order.expiry = uint64(block.number - 1);
        _refuses(order, "expiry", order.expiry, block.number);
        order = _order();
        (order.seats) = 8;
        _refuses(order, "seats", 8, 7);
        order.seats = 0;
        _refuses(order, "seats", 0, 7);
        order = _order();
        order.rounds = 4;
        _refuses(order, "rounds", 4, 3);
        order.rounds = 0;
        _refuses(order, "rounds", 0, 3);
        order = _order();
        order.callbackGas = 2_000_001;
        _refuses(order, "callbackGas", 2_000_001, 2_000_000);
        order = _order();
        order.dataLimit = 4_097;
        _refuses(order, "dataLimit", 4_097, 4_096);
    }

    function test_request_takesTheLimits() public {
        Order memory order = _order();
        (order.expiry, order.seats, order.rounds) = (uint64(block.number), 7, 3);
        (order.callbackGas, order.dataLimit) = (2_000_000, 4_096);
        _expectState(_ask(order), IOnchainJobs.OrderState.Open);
    }

    function test_request_refusesInputsOutOfOrder() public {
        Input[] memory inputs = new Input[](2);
        (inputs[0], inputs[1]) = (Input("b", ""), Input("a", ""));
        _refusesInputs(inputs, 1);
        (inputs[0], inputs[1]) = (Input("a", "1"), Input("a", "2"));
        _refusesInputs(inputs, 1);
        (inputs[0], inputs[1]) = (Input("aa", ""), Input("z", ""));
        _refusesInputs(inputs, 1);
        (inputs[0], inputs[1]) =
        (Input("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnb", ""), Input("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnna", ""));
        _refusesInputs(inputs, 1);
    }

    function test_request_refusesInputsOutOfBounds() public {
        Input[] memory inputs = new Input[](1);
        _refusesInputs(inputs, 0); // without a name
        inputs[0] = Input("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "");
        _refusesInputs(inputs, 0);
        inputs[0] = Input("a", string(new bytes(16 * 1024 + 1)));
        _refusesInputs(inputs, 0);
        uint256 price = _fundedPrice();
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderTerms.selector, bytes32("inputs"), 24, 23));
        jobs.request{value: price}(_order(), new Input[](24));
    }

    function test_request_refusesABlockThatNodesDoNotRead() public {
        Input[] memory inputs = new Input[](4);
        for (uint256 i = 0; i < 4; ++i) {
            inputs[i] = Input(string(abi.encodePacked(bytes1(uint8(97 + i)))), string(new bytes(16 * 1024)));
        }
        uint256 price = _fundedPrice();
        vm.expectPartialRevert(IOnchainJobs.OrderTerms.selector);
        jobs.request{value: price}(_order(), inputs);
    }

    // --- refund

    function test_refund_byTheClientAtAnyTime() public {
        Order memory order = _ask(_order());
        client.giveUp(order);
        eq(_free(address(client)), PRICE + REWARD, "all of it");
        eq(client.lastAmount(), PRICE + REWARD, "told");
        eq(uint256(client.lastEnding()), uint256(DealStatus.None), "of no deal");
        _expectState(order, IOnchainJobs.OrderState.Unknown);
        _expectNothingHeld();
    }

    function test_refund_byAnyoneAfterItsExpiry() public {
        Order memory order = _ask(_order());
        vm.roll(order.expiry);
        vm.expectRevert(
            abi.encodeWithSelector(IOnchainJobs.OrderNotYet.selector, jobs.idOf(order), order.expiry, order.expiry)
        );
        vm.prank(KEEPER);
        jobs.refund(order);
        vm.roll(order.expiry + 1);
        vm.prank(KEEPER);
        jobs.refund(order);
        eq(_free(KEEPER), REWARD, "keeper");
        eq(_free(address(client)), PRICE, "client");
        _expectNothingHeld();
    }

    function test_refund_onlyOnce() public {
        Order memory order = _ask(_order());
        client.giveUp(order);
        vm.expectRevert(_unexpected(order, IOnchainJobs.OrderState.Unknown, IOnchainJobs.OrderState.Open));
        client.giveUp(order);
    }

    function test_refund_notOfADeal() public {
        Order memory order = _ask(_order());
        _take(order);
        vm.expectRevert(_unexpected(order, IOnchainJobs.OrderState.Taken, IOnchainJobs.OrderState.Open));
        client.giveUp(order);
    }

    function test_refund_ofAnAccountWithoutAFunction() public {
        Deaf deaf = new Deaf();
        Order memory order = _order();
        deaf.ask{value: _fundedPrice()}(jobs, order);
        vm.roll(order.expiry + 1);
        (order.client, order.nonce, order.from) = (address(deaf), 1, uint64(block.number - 11));
        order.spec = sha256(
            abi.encodePacked(
                hex"a56176016473616c7461316566696c6573a0666d6f64756c65d82a58250001701220", MODULE, hex"6676616c756573a0"
            )
        );
        vm.prank(KEEPER);
        jobs.refund(order);
        eq(_free(address(deaf)), PRICE, "its money");
    }

    // --- helpers

    function _fundedPrice() private returns (uint256 price) {
        price = jobs.priceOf(_order());
        vm.deal(address(this), price);
    }

    function _refuses(Order memory order, bytes32 field, uint256 found, uint256 limit) private {
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderTerms.selector, field, found, limit));
        jobs.request(order, _inputs());
    }

    function _refusesInputs(Input[] memory inputs, uint256 index) private {
        uint256 price = _fundedPrice();
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderInputs.selector, index));
        jobs.request{value: price}(_order(), inputs);
    }

    function _unexpected(Order memory order, IOnchainJobs.OrderState found, IOnchainJobs.OrderState expected)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeWithSelector(IOnchainJobs.OrderUnexpectedState.selector, jobs.idOf(order), found, expected);
    }
}
